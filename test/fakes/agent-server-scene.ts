/** The listener for agents on a real socket, with guests and what it told of them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { onTestFinished, vi } from "vitest";
import { type AgentServer, listenForAgents } from "../../host/src/agents/websocket/agent-server.ts";
import type { GuestReport } from "../../host/src/model/guest.ts";
import { FakeWebSocketAgent, type WebSocketAgentOptions } from "./fake-websocket-agent.ts";
import { HandTimers } from "./hand-timers.ts";
import { tempFolder } from "./temp-folder.ts";
import { type IssuedCertificate, TestAuthority } from "./test-authority.ts";

const PATIENCE = { timeout: 10_000, interval: 2 };

export const until = (condition: () => boolean) => vi.waitUntil(condition, PATIENCE);

export const tokenOf = (name: string) => `token-of-${name}-`.padEnd(43, "x");

export const entry = (guest: string, name = guest) => ({
  guest,
  sha256: createHash("sha256").update(tokenOf(name)).digest("hex"),
});

export const pemOf = ({ certPath, keyPath }: IssuedCertificate) => ({
  cert: readFileSync(certPath, "utf8"),
  key: readFileSync(keyPath, "utf8"),
});

let made: { readonly authority: TestAuthority; readonly certificate: IssuedCertificate } | undefined;

/** Made once for a test file. */
export function testAuthority(): TestAuthority {
  return identity().authority;
}

function identity() {
  if (made !== undefined) return made;
  const authority = new TestAuthority(tempFolder());
  made = { authority, certificate: authority.issue("host") };
  return made;
}

export class AgentServerScene {
  readonly timers = new HandTimers();
  /** Lines about connections that were turned away. */
  readonly refused: string[] = [];
  /** Lines about each guest. */
  readonly lines: Record<string, string[]> = {};
  readonly reports: Record<string, GuestReport[]> = {};
  readonly secure: boolean;
  #server: AgentServer | undefined;

  private constructor(secure: boolean) {
    this.secure = secure;
  }

  /** Listens until the test ends. Guests "web1" (two tokens) and "db1" have tokens, and one that is not managed. */
  static async open(secure = true): Promise<AgentServerScene> {
    const scene = new AgentServerScene(secure);
    const { timers, refused } = scene;
    const server = await listenForAgents({
      host: "127.0.0.1",
      port: 0,
      tls: secure ? pemOf(identity().certificate) : undefined,
      clock: { nowMs: () => timers.nowMs(), wallMs: () => 0 },
      timers,
      tuning: {},
      staleAfterMs: 3_600_000,
      onRefused: (text) => refused.push(text),
    });
    onTestFinished(() => server.close());
    server.setTokens([entry("web1"), entry("web1", "next"), entry("db1"), entry("gone")]);
    scene.#server = server;
    return scene;
  }

  get server(): AgentServer {
    if (this.#server === undefined) throw new Error("the listener is not open");
    return this.#server;
  }

  get port(): number {
    return this.server.port;
  }

  guest(name: string, mayOpen: () => boolean = () => true) {
    const told: string[] = [];
    const heard: GuestReport[] = [];
    this.lines[name] = told;
    this.reports[name] = heard;
    const listener = {
      fullBytes: () => undefined,
      uncountedBytes: () => 0,
      onSizeDoubted: () => {},
      onBoot: () => {},
      onReport: (report: GuestReport) => void heard.push(report),
      onDemand: () => {},
      onSession: (_: "info" | "warn", text: string) => void told.push(text),
    };
    const channel = this.server.channel(name, listener, mayOpen);
    onTestFinished(async () => {
      const closed = channel.close();
      this.timers.advance(5_000);
      await closed;
    });
    return channel;
  }

  agent(options: Partial<WebSocketAgentOptions> = {}): FakeWebSocketAgent {
    return new FakeWebSocketAgent({
      url: `${this.secure ? "wss" : "ws"}://127.0.0.1:${this.port}`,
      ca: testAuthority().ca,
      token: tokenOf("web1"),
      ...options,
    });
  }

  /** A raw connection below TLS and WebSocket. */
  raw(): Socket {
    const socket = connect(this.port, "127.0.0.1");
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  }

  told(name: string): readonly string[] {
    return this.lines[name] ?? [];
  }

  /** Resolves when a new report of this guest's agent is heard. */
  async expectServed(agent: FakeWebSocketAgent, name = "db1"): Promise<void> {
    const before = this.reports[name]?.length ?? 0;
    agent.report();
    await until(() => (this.reports[name]?.length ?? 0) > before);
  }
}
