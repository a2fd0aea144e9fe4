/**
 * Owns one connection of a platform's tool to a monitor, made and used as Proxmox's `PVE::QMPClient` (qemu-server 9.2.6) makes and uses it: it
 * sends its first command at once, without waiting for the greeting, and each next one after the answer; an answer that is not its own ends it.
 */
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TestbedError } from "../errors.ts";

/** A full queue is tried again so often (`open_connection`). */
const CONNECT_AGAIN_MS = 100;

/** A question. */
export interface PlatformCommand {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** What is told while a call waits for its greeting. */
export interface CallWatch {
  /** No greeting has come for this long, in milliseconds; called once. */
  readonly slowAfterMs: number;
  readonly onSlow: (path: string) => void;
}

type Message = Readonly<Record<string, unknown>>;

/** As `$next_cmdid` counts: for all connections of the process. */
let lastId = 0;

/** Connected, perhaps only queued. Connecting may take as long as the limit, and all that is asked then as long once more. */
export class PlatformCall {
  readonly #path: string;
  readonly #socket: net.Socket;
  readonly #endMs: number;
  readonly #lines: string[] = [];
  #partial = "";
  #onLine: (() => void) | undefined;
  #onGreeting: (() => void) | undefined;

  private constructor(path: string, socket: net.Socket, limitMs: number) {
    this.#path = path;
    this.#socket = socket;
    this.#endMs = performance.now() + limitMs;
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
        return new PlatformCall(path, socket, limitMs);
      } catch (cause) {
        const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
        if (code !== "EAGAIN" || performance.now() >= endMs)
          throw new TestbedError("TESTBED_MONITOR", `${path}: cannot connect: ${code}`, { cause });
        await sleep(CONNECT_AGAIN_MS);
      }
    }
  }

  /** Asks one after the other. That a plain QEMU does not know one of Proxmox's own is an answer; any other refusal ends the call. */
  async ask(commands: readonly PlatformCommand[], watch?: CallWatch): Promise<void> {
    const cancel = watch && this.#tellWhenSlow(watch);
    this.#onGreeting = cancel;
    try {
      for (const command of [{ execute: "qmp_capabilities" }, ...commands]) await this.#answer(command);
    } finally {
      cancel?.();
    }
  }

  /** A tool that gave up waiting leaves its place in the queue behind, and what it wrote, as here. */
  close(): void {
    this.#socket.destroy();
  }

  async #answer({ execute, arguments: args = {} }: PlatformCommand): Promise<void> {
    lastId += 1;
    const id = `${process.pid}:${lastId}`;
    this.#socket.write(JSON.stringify({ execute, arguments: args, id }));
    for (;;) {
      const message = await this.#message(execute);
      if (message["QMP"] !== undefined || message["event"] !== undefined) continue;
      const problem = problemOf(message, id);
      if (problem !== undefined) throw new TestbedError("TESTBED_MONITOR", `${this.#path}: ${problem}`);
      return;
    }
  }

  async #message(what: string): Promise<Message> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return JSON.parse(line) as Message;
      if (!(await this.#more()))
        throw new TestbedError("TESTBED_MONITOR", `${this.#path}: no answer to ${what}`);
    }
  }

  #tellWhenSlow({ slowAfterMs, onSlow }: CallWatch): () => void {
    const timer = setTimeout(() => onSlow(this.#path), slowAfterMs);
    return () => clearTimeout(timer);
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
    if (this.#lines.length > 0) this.#onGreeting?.();
    this.#onLine?.();
  }
}

/** What Proxmox's client dies of. */
function problemOf({ id, error }: Message, expected: string): string | undefined {
  const refusal = error as { readonly class?: string; readonly desc?: string } | undefined;
  if (id === undefined) return `an answer without id: ${JSON.stringify(refusal ?? "")}`;
  if (id !== expected) return `the answer to another's question: ${String(id)} instead of ${expected}`;
  const isUnknown = refusal?.class === "CommandNotFound";
  return refusal === undefined || isUnknown ? undefined : refusal.desc;
}
