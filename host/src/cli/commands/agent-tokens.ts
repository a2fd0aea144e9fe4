/** `ballast agent token|tokens|revoke`: the tokens with which agents connect over WebSocket. Works on the file, without a broker. */
import { createHash, randomBytes } from "node:crypto";
import { loadConfig } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { DEFAULT_TOKENS_PATH } from "../../config/tokens/default-path.ts";
import type { TokenEntry } from "../../config/tokens/token-file.ts";
import { changeTokens, readTokens } from "../../config/tokens/token-store.ts";
import { UsageError } from "../../exit.ts";
import { type Column, formatTable } from "../format/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

const TOKEN_BYTES = 32;
const COLUMNS: readonly Column[] = ["GUEST", "ID", "ISSUED"].map((title) => ({ title, align: "left" }));
/** Digits of the hash that name a token for people. */
const ID_LENGTH = 8;

export interface TokenOptions {
  readonly json?: boolean;
  /** The broker's config, which names the file of tokens. */
  readonly config: string;
  /** The file of tokens itself. */
  readonly tokens?: string;
}

/** Prints a new token, once; only its hash is kept. */
export async function issueToken(guest: string, options: TokenOptions, terminal: Terminal): Promise<void> {
  const { path, hint } = await findTokens(options, guest);
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const sha256 = createHash("sha256").update(token).digest("hex");
  const entry = { guest, sha256, created: new Date().toISOString() };
  await changeTokens(path, (tokens) => [...tokens, entry]);
  if (hint !== undefined) terminal.err(hint);
  if (options.json) return printJson(terminal, { guest, id: idOf(entry), token, file: path });
  terminal.err(`token ${idOf(entry)} for ${guest}, shown this once; ${path} keeps its hash only:`);
  terminal.out(token);
}

export async function listTokens(options: TokenOptions, terminal: Terminal): Promise<void> {
  const { path } = await findTokens(options);
  const tokens = (await readTokens(path)).map((entry) => ({
    guest: entry.guest,
    id: idOf(entry),
    created: entry.created,
  }));
  if (options.json) return printJson(terminal, { file: path, tokens });
  const rows = tokens.map(({ guest, id, created }) =>
    [guest, id, created ?? "unknown"].map((text) => ({ text })),
  );
  for (const line of formatTable(COLUMNS, rows, terminal.paint)) terminal.out(line);
}

/** Without an id all tokens of the guest. */
export async function revokeTokens(
  guest: string,
  id: string | undefined,
  options: TokenOptions,
  terminal: Terminal,
): Promise<void> {
  const { path } = await findTokens(options);
  const isMeant = (entry: TokenEntry) => entry.guest === guest && (id === undefined || idOf(entry) === id);
  const revoked: TokenEntry[] = [];
  await changeTokens(path, (tokens) => {
    revoked.push(...tokens.filter(isMeant));
    return tokens.filter((entry) => !isMeant(entry));
  });
  const ids = revoked.map(idOf);
  if (ids.length === 0)
    throw new UsageError(
      `${path} has no token ${id === undefined ? "" : `${id} `}of ${guest}; see ballast agent tokens`,
    );
  if (options.json) printJson(terminal, { guest, revoked: ids, file: path });
  else
    terminal.out(
      `revoked: ${ids.join(", ")}; ballastd closes what came with ${ids.length === 1 ? "it" : "them"}`,
    );
}

function idOf({ sha256 }: TokenEntry): string {
  return sha256.slice(0, ID_LENGTH);
}

/** The file of tokens, and what the admin should know about the guest. */
async function findTokens(
  { config: configPath, tokens }: TokenOptions,
  guest?: string,
): Promise<{ path: string; hint?: string }> {
  if (tokens !== undefined) return { path: tokens };
  const result = await loadConfig(configPath);
  if (!result.ok) {
    const [problem] = result.problems;
    const why = problem === undefined ? configPath : formatProblem(problem);
    throw new UsageError(`${why}\n(or name the file of tokens with --tokens)`);
  }
  const { websocket, guests } = result.config;
  if (websocket === undefined)
    return { path: DEFAULT_TOKENS_PATH, hint: `note: ${configPath} does not set agents.websocket yet` };
  const isKnown = guest === undefined || guests.some(({ name }) => name === guest);
  return {
    path: websocket.tokensPath,
    ...(!isKnown && { hint: `note: ${configPath} lists no guest named ${guest} yet` }),
  };
}
