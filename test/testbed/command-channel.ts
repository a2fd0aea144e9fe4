/** Owns the host's end of the port through which tests run shell commands in a guest. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { connectWhenReady } from "./connect.ts";
import { TestbedError } from "./errors.ts";

/** Most output of one command; more means that a test prints what it should leave in a file. */
const MAX_ANSWER_LETTERS = 4 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

/** What a command left behind. */
export interface CommandResult {
  readonly status: number;
  /** Standard output and error together, without the last line break. */
  readonly output: string;
}

/** Limits of one command. */
export interface RunOptions {
  /** Gives up waiting after this many milliseconds, 10 s if not given; the command itself runs on. */
  readonly timeoutMs?: number;
}

/** Finds the answer to command `id` in what the guest has sent; `undefined` while it is not complete. */
export function findAnswer(received: string, id: string): CommandResult | undefined {
  const begin = `\n<<${id}\n`;
  const from = received.indexOf(begin);
  if (from < 0) return undefined;
  const rest = received.slice(from + begin.length);
  const end = new RegExp(`(?:^|\\n)>>${id} (\\d+)\\n`).exec(rest);
  if (end === null) return undefined;
  return { status: Number(end[1]), output: rest.slice(0, end.index).replace(/\n$/, "") };
}

/** One command at a time, in the order of the calls; an answer that comes after its time limit is passed over. */
export class CommandChannel {
  readonly #socket: Socket;
  readonly #session = randomBytes(4).toString("hex");
  #received = "";
  #commands = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #look: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (text) => {
      this.#received += String(text);
      this.#look?.();
    });
    socket.once("close", () => this.#look?.());
  }

  /** Connects to the port's socket; the guest may still be booting. */
  static async connect(path: string, timeoutMs: number): Promise<CommandChannel> {
    return new CommandChannel(await connectWhenReady(path, timeoutMs));
  }

  /** Runs a shell command of one line; throws `TESTBED_COMMAND` when it cannot be sent, does not end in time or prints too much. */
  run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    if (command.includes("\n")) {
      return Promise.reject(new TestbedError("TESTBED_COMMAND", "a command must be one line"));
    }
    const result = this.#queue.then(() => this.#exchange(command, options.timeoutMs ?? DEFAULT_TIMEOUT_MS));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Ends the connection; a command that is waiting for its answer fails. */
  close(): void {
    this.#socket.destroy();
  }

  #exchange(command: string, timeoutMs: number): Promise<CommandResult> {
    this.#commands += 1;
    const id = `${this.#session}-${this.#commands}`;
    this.#received = "";
    return new Promise<CommandResult>((resolve, reject) => {
      const fail = (why: string) => reject(new TestbedError("TESTBED_COMMAND", `${why}: ${command}`));
      const timer = setTimeout(() => fail(`no answer in ${timeoutMs} ms`), timeoutMs);
      this.#look = () => {
        const answer = findAnswer(this.#received, id);
        if (answer !== undefined) resolve(answer);
        else if (this.#socket.destroyed) fail("the guest is gone");
        else if (this.#received.length > MAX_ANSWER_LETTERS) fail("too much output");
        else return;
        clearTimeout(timer);
      };
      this.#socket.write(`${id} ${command}\n`);
      this.#look();
    }).finally(() => {
      this.#look = undefined;
    });
  }
}
