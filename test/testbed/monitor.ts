/** Owns the testbed's own QMP connection to a guest, beside the one that is left to the broker. */
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { connectWhenReady } from "./connect.ts";
import { TestbedError } from "./errors.ts";

/** Longest that QEMU may take for one answer. */
const ANSWER_TIMEOUT_MS = 10_000;

interface Answer {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: TestbedError) => void;
}

/** A QMP client with just what baseline tests need: commands and their answers. */
export class ControlMonitor {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket }).on("line", (line) => this.#take(JSON.parse(line) as Answer));
    socket.once("close", () => this.#rejectAll("QEMU has closed its monitor"));
  }

  /** Connects and negotiates; throws `TESTBED_WAIT` or `TESTBED_MONITOR` when QEMU does not answer in time. */
  static async connect(path: string, timeoutMs: number): Promise<ControlMonitor> {
    const monitor = new ControlMonitor(await connectWhenReady(path, timeoutMs));
    await monitor.execute("qmp_capabilities");
    return monitor;
  }

  /** Runs one command and returns its answer; throws `TESTBED_MONITOR` with QEMU's words when it refuses. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = await this.#send(id, command, JSON.stringify({ execute: command, arguments: args, id }));
    if (answer.error === undefined) return answer.return;
    throw new TestbedError("TESTBED_MONITOR", `${command}: ${answer.error.class}: ${answer.error.desc}`);
  }

  /** Ends the connection; commands that are outstanding fail. */
  close(): void {
    this.#socket.destroy();
  }

  #send(id: number, command: string, line: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new TestbedError("TESTBED_MONITOR", `${command}: no answer in ${ANSWER_TIMEOUT_MS} ms`));
      }, ANSWER_TIMEOUT_MS);
      const finish = () => {
        clearTimeout(timer);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        resolve: (answer) => {
          finish();
          resolve(answer);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      });
      if (this.#socket.destroyed) this.#rejectAll("QEMU has closed its monitor");
      else this.#socket.write(`${line}\n`);
    });
  }

  /** The greeting and events carry no id and are of no interest here. */
  #take(answer: Answer): void {
    if (answer.id !== undefined) this.#pending.get(answer.id)?.resolve(answer);
  }

  #rejectAll(reason: string): void {
    for (const { reject } of [...this.#pending.values()]) reject(new TestbedError("TESTBED_MONITOR", reason));
  }
}
