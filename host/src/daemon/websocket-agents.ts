/** Starts the listener for agents over WebSocket. Certificate and tokens come from files, and are read again when the files change. */
import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { ChannelSettings } from "../agents/agent-channel.ts";
import { type AgentServer, listenForAgents } from "../agents/websocket/agent-server.ts";
import type { TlsMaterial } from "../agents/websocket/upgrade-server.ts";
import type { WebSocketSettings } from "../config/config.ts";
import { readTokens } from "../config/tokens/token-store.ts";
import type { Clock } from "../model/adapters.ts";

/** A token that was issued or revoked takes effect within this. */
const WATCH_INTERVAL_MS = 1_000;

export interface WebSocketAgentsOptions extends ChannelSettings {
  readonly settings: WebSocketSettings;
  readonly clock: Clock;
  /** Tells the admin. */
  readonly note: (level: "info" | "warn" | "error", text: string) => void;
}

/** The running listener. */
export interface WebSocketAgents {
  readonly gate: AgentServer;
  /** Reads certificate, key and tokens again. A bad file changes nothing. Never rejects. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** If the listener cannot be opened, it rejects with a message that says what to do. */
export async function startWebSocketAgents(options: WebSocketAgentsOptions): Promise<WebSocketAgents> {
  const { settings, note, clock, tuning, staleAfterMs } = options;
  const tls = await readTls(settings);
  const { host, port } = settings;
  const onRefused = (text: string) => note("warn", text);
  const gate = await listenForAgents({ host, port, tls, clock, tuning, staleAfterMs, onRefused });
  const where = `${tls === undefined ? "ws" : "wss"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const shown = tls === undefined ? "" : `, certificate ${fingerprint(tls)}`;
  note("info", `listening for agents on ${where}${shown}`);
  const tokens = new TokenWatch(options, gate);
  await tokens.look();
  const watch = setInterval(() => void tokens.look(), WATCH_INTERVAL_MS);
  watch.unref();
  return {
    gate,
    reload: async () => {
      await reloadTls(options, gate);
      await tokens.read();
    },
    close: () => {
      clearInterval(watch);
      return gate.close();
    },
  };
}

/** Keeps the server's tokens equal to the file's. */
class TokenWatch {
  readonly #options: WebSocketAgentsOptions;
  readonly #gate: AgentServer;
  #seen: string | undefined;

  constructor(options: WebSocketAgentsOptions, gate: AgentServer) {
    this.#options = options;
    this.#gate = gate;
  }

  /** Reads the file if it has changed. */
  async look(): Promise<void> {
    const { tokensPath } = this.#options.settings;
    const now = await stat(tokensPath).then(
      ({ ino, size, mode, mtimeMs }) => `${ino} ${size} ${mode} ${mtimeMs}`,
      () => "none",
    );
    if (now === this.#seen) return;
    this.#seen = now;
    await this.read();
  }

  async read(): Promise<void> {
    const { settings, note } = this.#options;
    try {
      const tokens = await readTokens(settings.tokensPath);
      this.#gate.setTokens(tokens);
      const count = tokens.length === 1 ? "1 token" : `${tokens.length} tokens`;
      const advice = tokens.length === 0 ? ": issue one with `ballast agent token GUEST`" : "";
      note("info", `${settings.tokensPath}: ${count} for agents over WebSocket${advice}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      note("error", `${why}; keeping the previous tokens`);
    }
  }
}

async function reloadTls({ settings, note }: WebSocketAgentsOptions, gate: AgentServer): Promise<void> {
  if (settings.tls === undefined) return;
  try {
    const tls = await readTls(settings);
    if (tls !== undefined) gate.setTls(tls);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    note("error", `${why}; keeping the previous certificate`);
  }
}

async function readTls({ tls }: WebSocketSettings): Promise<TlsMaterial | undefined> {
  if (tls === undefined) return undefined;
  const { certPath, keyPath } = tls;
  const [cert, key] = await Promise.all([readPem(certPath, "cert"), readPem(keyPath, "key")]);
  try {
    fingerprint({ cert });
    return { cert, key };
  } catch (cause) {
    throw new Error(`agents.websocket.tls.cert: ${certPath} holds no certificate in PEM`, { cause });
  }
}

async function readPem(path: string, name: "cert" | "key"): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new Error(`agents.websocket.tls.${name}: ${path} cannot be read (${code})`, { cause });
  }
}

/** As the agent's option `--fingerprint` takes it. */
function fingerprint({ cert }: Pick<TlsMaterial, "cert">): string {
  return `sha256:${new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase()}`;
}
