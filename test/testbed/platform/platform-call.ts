/** Owns one connection of a platform's tool to a monitor, made as Proxmox's `PVE::QMPClient` makes it. */
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TestbedError } from "../errors.ts";

/** A full queue is tried again so often (`PVE::QMPClient::open_connection`). */
const CONNECT_AGAIN_MS = 100;

/** What is told while a call waits for its greeting. */
export interface CallWatch {
  /** No greeting has come for this long, in milliseconds; called once. */
  readonly slowAfterMs: number;
  readonly onSlow: (path: string) => void;
}

/** Connected, perhaps only queued. One command at a time; all of it within the limit that began with the connect. */
export class PlatformCall {
  readonly #path: string;
  readonly #socket: net.Socket;
  readonly #endMs: number;
  readonly #lines: string[] = [];
  #partial = "";
  #onLine: (() => void) | undefined;

  private constructor(path: string, socket: net.Socket, endMs: number) {
    this.#path = path;
    this.#socket = socket;
    this.#endMs = endMs;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", () => socket.destroy());
  }

  /** Rejects when the queue stays full for `limitMs`, or no program listens. */
  static async open(path: string, limitMs: number): Promise<PlatformCall> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const socket = net.connect(path);
      try {
        await once(socket, "connect");
        return new PlatformCall(path, socket, endMs);
      } catch (cause) {
        const isFull = cause instanceof Error && "code" in cause && cause.code === "EAGAIN";
        if (!isFull || performance.now() + CONNECT_AGAIN_MS >= endMs)
          throw new TestbedError("TESTBED_MONITOR", `${path}: cannot connect`, { cause });
        await sleep(CONNECT_AGAIN_MS);
      }
    }
  }

  /** Waits for the greeting, then sends each command after the answer to the one before. A refusal is an answer. */
  async ask(commands: readonly object[], watch?: CallWatch): Promise<void> {
    const cancel = watch && this.#tellWhenSlow(watch);
    await this.#line(({ QMP }) => QMP !== undefined, "greeting");
    cancel?.();
    for (const command of [{ execute: "qmp_capabilities" }, ...commands]) {
      this.#socket.write(`${JSON.stringify(command)}\n`);
      await this.#line(({ event }) => event === undefined, JSON.stringify(command));
    }
  }

  /** A tool that gave up waiting leaves its place in the queue behind, as here. */
  close(): void {
    this.#socket.destroy();
  }

  #tellWhenSlow({ slowAfterMs, onSlow }: CallWatch): () => void {
    const timer = setTimeout(() => onSlow(this.#path), slowAfterMs);
    return () => clearTimeout(timer);
  }

  async #line(isWanted: (message: Record<string, unknown>) => boolean, what: string): Promise<void> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined && isWanted(JSON.parse(line) as Record<string, unknown>)) return;
      if (line === undefined && !(await this.#more()))
        throw new TestbedError("TESTBED_MONITOR", `${this.#path}: no answer to ${what}`);
    }
  }

  /** False: the time is over, or the connection. */
  async #more(): Promise<boolean> {
    const leftMs = this.#endMs - performance.now();
    if (leftMs <= 0 || this.#socket.destroyed) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#onLine = done;
      this.#socket.once("close", done);
    });
    return this.#lines.length > 0;
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    this.#lines.push(...lines.filter((line) => line.trim() !== ""));
    this.#onLine?.();
  }
}
