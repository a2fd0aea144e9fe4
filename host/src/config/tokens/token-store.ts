/** Reads and changes the file of agents' tokens. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { formatProblem } from "../problem.ts";
import { replaceFile } from "../replace-file.ts";
import { LONGEST_TEXT } from "../yaml-source.ts";
import { parseTokens, renderTokens, type TokenEntry } from "./token-file.ts";

/** Otherwise a named pipe would delay the open until a writer comes. */
const WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;
const WRITABLE_BY_OTHERS = 0o022;

/** `message` tells the admin what to do. */
export class TokenStoreError extends Error {
  readonly code = "TOKEN_STORE";
}

/** The tokens of the file; none when there is no file. Rejects with a `TokenStoreError` for one that is not to be trusted. */
export async function readTokens(path: string): Promise<readonly TokenEntry[]> {
  const text = await readText(path);
  if (text === undefined) return [];
  const result = parseTokens(text, path);
  if (result.ok) return result.tokens;
  throw new TokenStoreError(result.problems.map(formatProblem).join("\n"));
}

/**
 * Replaces the tokens by what `change` makes of them, whole or not at all. Rejects with a `FileBusyError` when another command is at it or
 * the file cannot be written, with a `TokenStoreError` where what is there is not to be trusted.
 */
export async function changeTokens(
  path: string,
  change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[],
): Promise<void> {
  const rights = { mode: 0o600, areKept: false };
  await replaceFile(path, rights, async () => renderTokens(change(await readTokens(path))));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, WITHOUT_WAITING);
    const { mode, size } = await file.stat();
    if ((mode & WRITABLE_BY_OTHERS) !== 0)
      throw new TokenStoreError(
        `${path} may be written by others, who could admit any agent: chmod 600 ${path}`,
      );
    if (size > LONGEST_TEXT) throw new TokenStoreError(`${path} is too large for a file of tokens`);
    return await file.readFile("utf8");
  } catch (cause) {
    if (cause instanceof TokenStoreError) throw cause;
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new TokenStoreError(`${path} cannot be read (${codeOf(cause)})`, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
