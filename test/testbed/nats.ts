/** A real NATS server with JetStream, on a port of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { findProgram } from "./requirements.ts";
import { waitFor } from "./wait.ts";

const START_TIMEOUT_MS = 20_000;

/** Undefined when there is no server on this machine. */
export function natsProgram(): string | undefined {
  return findProgram("nats-server");
}

export class NatsServer {
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it takes connections. */
  async start(): Promise<void> {
    const store = join(this.#folder, "nats");
    const args = ["-a", "127.0.0.1", "-p", String(this.port), "-js", "-sd", store];
    this.#child = spawn(natsProgram() ?? "", args, { stdio: "ignore" });
    await waitFor("NATS", () => canConnect(this.port), { timeoutMs: START_TIMEOUT_MS });
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Stands still, as a peer beyond a network that lost its packets; `on` is false: goes on. */
  freeze(on: boolean): void {
    this.#child?.kill(on ? "SIGSTOP" : "SIGCONT");
  }
}

function canConnect(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(undefined));
  });
}
