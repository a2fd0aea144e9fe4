/** A real `ballastd` that listens for agents over TLS, guests behind fake monitors, and real agents, as processes. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { changeTokens } from "../../../host/src/config/tokens/token-store.ts";
import type { GuestStatus } from "../../../host/src/model/status.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { FakeQemu } from "../../fakes/fake-qemu.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { type IssuedCertificate, TestAuthority } from "../../fakes/test-authority.ts";
import { TestBroker } from "../../testbed/broker.ts";
import { freePort } from "../../testbed/free-port.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = path("../../../host/dist/cli/main.js");
const PROC = path("../../fixtures/proc/6.1-squeezed");
const TUNING = { bootProtect: "1ms", holdAfterTurn: "1s", tick: "100ms", staleAfter: "2s" };
/** The guest that the recorded kernel files are of: its balloon leaves it so much. */
const GUEST_BYTES = 512 * 1024 * 1024;
const SQUEEZED_BYTES = 200 * 1024 * 1024;
/** Less the 112,268 KiB that the recorded kernel calls available. */
const USED_BYTES = SQUEEZED_BYTES - 112_268 * 1024;
const GUESTS = ["web1", "db1"];

interface StageParts {
  readonly folder: string;
  readonly port: number;
  readonly authority: TestAuthority;
  /** The host's. */
  readonly certificate: IssuedCertificate;
  readonly broker: TestBroker;
}

export class Stage {
  readonly folder: string;
  readonly port: number;
  readonly authority: TestAuthority;
  readonly certificate: IssuedCertificate;
  readonly broker: TestBroker;

  private constructor({ folder, port, authority, certificate, broker }: StageParts) {
    this.folder = folder;
    this.port = port;
    this.authority = authority;
    this.certificate = certificate;
    this.broker = broker;
  }

  /** Ends with the test. `certificateNames` and `days` are of the host's certificate. */
  static async open(certificateNames?: string, days?: number): Promise<Stage> {
    const folder = socketFolder();
    const authority = new TestAuthority(folder);
    const certificate = authority.issue("host", certificateNames, days);
    const port = await freePort();
    const guests = GUESTS.map((name) => ({ name, qmpPath: join(folder, `${name}.qmp`), shares: 0 }));
    for (const { qmpPath } of guests) {
      const qemu = await FakeQemu.start({ path: qmpPath, memoryBytes: GUEST_BYTES });
      onTestFinished(() => qemu.close());
      qemu.machine.moveTo(SQUEEZED_BYTES);
    }
    const tokensPath = join(folder, "tokens.yaml");
    await changeTokens(tokensPath, () =>
      GUESTS.map((name) => ({ guest: name, sha256: hashOf(firstToken(name)) })),
    );
    for (const name of GUESTS)
      writeFileSync(join(folder, `${name}.token`), firstToken(name), { mode: 0o600 });
    const websocket = { port, tls: certificate, tokensPath };
    const broker = await TestBroker.start({ folder, guests, budgetMib: 8192, tuning: TUNING, websocket });
    onTestFinished(() => broker.stop());
    return new Stage({ folder, port, authority, certificate, broker });
  }

  get url(): string {
    return `wss://127.0.0.1:${this.port}`;
  }

  /** `ballast agent …` on the broker's config. */
  async command(...words: string[]): Promise<{ out: string; err: string; code: number }> {
    const child = spawn(process.execPath, [CLI, "agent", ...words, "--config", this.broker.configPath]);
    const ended = once(child, "exit");
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { out: out.trim(), err, code: code as number };
  }

  /** The token that a guest has, where only its owner can read it. */
  tokenFile(guest: string): string {
    return join(this.folder, `${guest}.token`);
  }

  /** Issues a token as an admin does, and gives it to the guest. */
  async issueToken(guest: string): Promise<void> {
    const { out } = await this.command("token", guest);
    writeFileSync(this.tokenFile(guest), out, { mode: 0o600 });
  }

  /** Starts a real agent that looks at recorded kernel files; gives what it says. */
  async agent(words: readonly string[]): Promise<() => string> {
    const root = socketFolder();
    cpSync(PROC, root, { recursive: true });
    const roots = ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
    const child = spawn(await packagedAgent(), ["run", "--channel", "none", ...words, ...roots], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    return () => output;
  }

  /** A real agent with a valid token and the right authority. */
  async goodAgent(guest: string): Promise<() => string> {
    return this.agent([
      "--url",
      this.url,
      "--token-file",
      this.tokenFile(guest),
      "--ca",
      this.authority.caPath,
    ]);
  }

  /** Resolves when the guest's agent is heard, and what it reports is believed. */
  heard(guest: string): Promise<GuestStatus> {
    const isHeard = ({ agent, usedBytes }: GuestStatus) => agent.connected && usedBytes === USED_BYTES;
    return this.broker.until(guest, "heard", isHeard, PATIENCE.timeout);
  }

  /** Resolves with the event once it is there. */
  told(what: RegExp) {
    const find = async () => (await this.broker.events()).find((event) => what.test(event.text));
    return vi.waitUntil(find, PATIENCE);
  }
}

function firstToken(guest: string): string {
  return `first-token-of-${guest}-`.padEnd(43, "x");
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Resolves when an agent's words say it. */
export function says(output: () => string, what: RegExp): Promise<boolean> {
  return vi.waitUntil(() => what.test(output()), PATIENCE);
}
