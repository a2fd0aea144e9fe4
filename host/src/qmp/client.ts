/** One QMP connection from greeting to end: commands out, replies and events in. Never drops a socket with a command outstanding. */
import type { Socket } from "node:net";
import { openSocket } from "../sockets/read-into-one.ts";
import { deferred } from "../timing/deferred.ts";
import { systemTimers, type Timers } from "../timing/timers.ts";
import {
  QmpBusyError,
  QmpClosedError,
  QmpCommandError,
  QmpConnectError,
  type QmpError,
  QmpGreetingError,
  QmpHungError,
  QmpInterruptedError,
  QmpNegotiationError,
  QmpProtocolError,
  QmpStateError,
} from "./errors.ts";
import { encodeCommand, type JsonObject } from "./json.ts";
import { parseMessage, type QmpEvent, type QmpGreeting, type QmpMessage } from "./message.ts";
import { ObjectReader } from "./object-reader.ts";
import { type Outcome, PendingCommands } from "./pending.ts";
import { ReadBudget } from "./read-budget.ts";
import { mayMove, type RunState } from "./run-state.ts";

/** Without a greeting for this long the monitor is taken to serve another client. */
export const GREETING_DEADLINE_MS = 2_000;
/** How long a caller waits for an answer by default. */
export const COMMAND_DEADLINE_MS = 3_000;
/** An answer owed for longer means that QEMU hangs: nothing more is sent to it. */
export const HUNG_AFTER_MS = 30_000;
/** At most this many commands may be unanswered at a time. */
export const MAX_OUTSTANDING = 64;
/** QEMU writes an answer at once, so an answer that does not end within this time is an error. */
export const PARTIAL_DEADLINE_MS = 5_000;

export interface QmpClientOptions {
  /** Path of the monitor's unix socket. */
  readonly path: string;
  readonly timers?: Timers;
  /** `Infinity`: it waits for its turn however long that takes. */
  readonly greetingDeadlineMs?: number;
  readonly commandDeadlineMs?: number;
  readonly hungAfterMs?: number;
  /** Called once when the greeting is late, instead of leaving: a client that leaves the queue blocks its place for others. Absent: it leaves. */
  readonly onBusy?: (why: QmpBusyError) => void;
  /** Called with the greeting: what it executes goes out in one write with the negotiation. Absent: nothing is executed before that was answered. */
  readonly onGreeting?: (greeting: QmpGreeting) => void;
  readonly onEvent?: (event: QmpEvent) => void;
  readonly onState?: (state: RunState) => void;
}

export interface ExecuteOptions {
  readonly deadlineMs?: number;
  /** Called when the command's last byte was handed to the kernel. */
  readonly onWritten?: () => void;
}

/** A command with its arguments. */
export interface Command {
  readonly command: string;
  readonly args?: object;
}

/** At least one. */
export type Commands = readonly [Command, ...Command[]];

/** What can execute a QMP command. */
export interface QmpExecutor {
  /**
   * Sends a command, in the same tick, and resolves with what QEMU returned.
   * Rejects with {@link QmpCommandError}, `QmpTimeoutError`, {@link QmpInterruptedError}, {@link QmpHungError} or {@link QmpStateError}.
   */
  execute(command: string, args?: object, options?: ExecuteOptions): Promise<unknown>;
}

interface Handshake {
  readonly resolve: (greeting: QmpGreeting) => void;
  readonly reject: (error: QmpError) => void;
  readonly cancelDeadline: () => void;
}

/** A command that is to be written. */
interface Line {
  readonly text: string;
  readonly onWritten: (() => void) | undefined;
}

/** A client for one connection; after `closed` a new one is needed. */
export class QmpClient implements QmpExecutor {
  /** Resolves once the socket is gone, with the reason; `undefined` when {@link close} asked for it. */
  readonly closed: Promise<QmpError | undefined>;
  readonly #options: QmpClientOptions;
  readonly #timers: Timers;
  readonly #pending: PendingCommands;
  readonly #reader = new ObjectReader();
  readonly #budget = new ReadBudget();
  readonly #closed = deferred<QmpError | undefined>();
  readonly #socket: Socket;
  /** What is to go out in one write. */
  #batch: Line[] | undefined;
  #state: RunState = "idle";
  #handshake: Handshake | undefined;
  /** While draining: wait even for answers whose callers have timed out. */
  #patient = false;
  #strayMessages = 0;
  #cancelPartial: (() => void) | undefined;

  constructor(options: QmpClientOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers();
    this.#pending = new PendingCommands(this.#timers, () => this.#endIfDrained());
    this.closed = this.#closed.promise;
    // A copy: what is over the peer's budget is handled later, and the bytes are read into one buffer for all.
    this.#socket = openSocket((bytes) => this.#onData(Buffer.from(bytes)));
  }

  get state(): RunState {
    return this.#state;
  }

  /** Whether an answer is past its deadline: further commands would only queue behind it. */
  get overdue(): boolean {
    return this.#pending.overdue;
  }

  /** For how long the oldest answer has been owed, in milliseconds. */
  get silentMs(): number {
    return this.#pending.silentMs;
  }

  /** Messages that belonged to nothing, and replies that came after their deadline. */
  get discarded(): number {
    return this.#strayMessages + this.#pending.lateReplies;
  }

  /**
   * Connects and negotiates. When it rejects, wait for {@link closed} before connecting anew: a QEMU that greeted
   * but does not answer the negotiation keeps its socket until it does.
   */
  connect(): Promise<QmpGreeting> {
    if (this.#state !== "idle") return Promise.reject(new QmpStateError("connect", this.#state));
    this.#move("connecting");
    const deadlineMs = this.#options.greetingDeadlineMs ?? GREETING_DEADLINE_MS;
    const { promise, resolve, reject } = deferred<QmpGreeting>();
    const late = () => this.#onLateGreeting(new QmpBusyError(this.#options.path, deadlineMs));
    const cancelDeadline = Number.isFinite(deadlineMs) ? this.#timers.after(deadlineMs, late) : () => {};
    this.#handshake = { resolve, reject, cancelDeadline };
    this.#openSocket();
    return promise;
  }

  async execute(command: string, args?: object, options: ExecuteOptions = {}): Promise<unknown> {
    const refusal = this.#refusal(command);
    if (refusal !== undefined) throw refusal;
    const outcome = await new Promise<Outcome>((settle) => this.#send(command, args, options, settle));
    if (outcome.ok) return outcome.value;
    // V8 knows which calls await this one, at no cost while all goes well; the socket's own stack does not show them.
    Error.captureStackTrace(outcome.error);
    throw outcome.error;
  }

  async executeAll(commands: Commands, options: ExecuteOptions): Promise<readonly unknown[]> {
    const refusal = this.#refusal(commands[0].command, commands.length);
    if (refusal !== undefined) throw refusal;
    const values: unknown[] = [];
    let owed = commands.length;
    const failure = await new Promise<QmpError | undefined>((settle) => {
      const take = (place: number, outcome: Outcome) => {
        owed -= 1;
        if (!outcome.ok) settle(outcome.error);
        else values[place] = outcome.value;
        if (owed === 0) settle(undefined);
      };
      this.batch(() => {
        commands.forEach(({ command, args }, place) => {
          this.#send(command, args, options, (outcome) => take(place, outcome));
        });
      });
    });
    if (failure === undefined) return values;
    Error.captureStackTrace(failure);
    throw failure;
  }

  /** Runs `run` and sends all commands that it executes in one write. */
  batch<T>(run: () => T): T {
    if (this.#batch !== undefined) return run();
    const batch: Line[] = [];
    this.#batch = batch;
    try {
      return run();
    } finally {
      this.#batch = undefined;
      this.#write(batch);
    }
  }

  /** Ends the connection once each outstanding command got its answer or ran out of time. */
  async close(): Promise<void> {
    this.#patient = false;
    if (this.#state === "idle" || this.#state === "connecting") this.#end(undefined);
    if (this.#state === "running" || this.#state === "negotiating") this.#move("draining");
    this.#endIfDrained();
    await this.closed;
  }

  /** Takes no more commands and ends the connection after the last answer, however long QEMU owes it. */
  async finish(): Promise<void> {
    this.#patient = true;
    if (this.#state === "running" || this.#state === "negotiating") this.#move("draining");
    this.#endIfDrained();
    await this.closed;
  }

  #openSocket(): void {
    this.#socket.on("error", (cause) => this.#onSocketEnd(cause));
    this.#socket.on("close", () => this.#onSocketEnd(undefined));
    this.#socket.connect({ path: this.#options.path });
  }

  /** `count`: so many commands at once, of which this is the first. */
  #refusal(command: string, count = 1): QmpError | undefined {
    const isEarly = this.#state === "negotiating" && this.#options.onGreeting !== undefined;
    if (this.#state !== "running" && !isEarly) return new QmpStateError(`execute ${command}`, this.#state);
    const { silentMs, size } = this.#pending;
    const hung = silentMs > (this.#options.hungAfterMs ?? HUNG_AFTER_MS) || size + count > MAX_OUTSTANDING;
    return hung ? new QmpHungError(command, silentMs, size) : undefined;
  }

  #send(
    command: string,
    args: object | undefined,
    options: ExecuteOptions,
    settle: (o: Outcome) => void,
  ): void {
    const deadlineMs = options.deadlineMs ?? this.#options.commandDeadlineMs ?? COMMAND_DEADLINE_MS;
    const id = this.#pending.add(command, deadlineMs, settle);
    const line = { text: encodeCommand(id, command, args), onWritten: options.onWritten };
    if (this.#batch === undefined) this.#write([line]);
    else this.#batch.push(line);
  }

  #write(lines: readonly Line[]): void {
    const heard = lines.flatMap(({ onWritten }) => onWritten ?? []);
    const tell = (failure: Error | null | undefined) => {
      if (!failure) for (const onWritten of heard) onWritten();
    };
    const text = lines.map((line) => line.text).join("");
    if (text !== "") this.#socket.write(text, heard.length === 0 ? undefined : tell);
  }

  #onData(chunk: Uint8Array): void {
    this.#rest(this.#budget.bytes(chunk.length, this.#timers.nowMs()), this.#reader.push(chunk));
  }

  /** Handles what was read, after a rest where the peer has used up its budget: nothing is read from its socket meanwhile. */
  #rest(restMs: number, objects: Generator<JsonObject>): void {
    if (restMs <= 0) {
      this.#read(objects);
      return;
    }
    this.#socket.pause();
    this.#timers.after(restMs, () => {
      if (this.#state === "closed") return;
      this.#read(objects);
    });
  }

  #read(objects: Generator<JsonObject>): void {
    try {
      for (;;) {
        const next = objects.next();
        if (this.#state === "closed") return;
        if (next.done === true) break;
        this.#onMessage(parseMessage(next.value));
        const restMs = this.#budget.message(this.#timers.nowMs());
        if (restMs > 0) {
          this.#rest(restMs, objects);
          return;
        }
      }
      this.#watchPartial();
      this.#socket.resume();
    } catch (error) {
      if (!(error instanceof QmpProtocolError)) throw error;
      const early = this.#state === "connecting";
      this.#end(early ? new QmpGreetingError(this.#options.path, error.message, error) : error);
    }
  }

  /** Ends the connection where an object has begun and does not end. */
  #watchPartial(): void {
    if (!this.#reader.isPartial) {
      this.#cancelPartial?.();
      this.#cancelPartial = undefined;
      return;
    }
    this.#cancelPartial ??= this.#timers.after(PARTIAL_DEADLINE_MS, () => {
      this.#end(this.#reader.fault(`an answer that has not ended after ${PARTIAL_DEADLINE_MS} ms`));
    });
  }

  #onMessage(message: QmpMessage): void {
    if (this.#state === "connecting") this.#onGreeting(message);
    else if (message.kind === "event") this.#options.onEvent?.(message.event);
    else if (message.kind === "return" || message.kind === "error") this.#onReply(message);
    else this.#strayMessages += 1;
  }

  #onLateGreeting(why: QmpBusyError): void {
    if (this.#options.onBusy === undefined) this.#end(why);
    else this.#options.onBusy(why);
  }

  #onGreeting(message: QmpMessage): void {
    if (message.kind !== "greeting") {
      this.#end(new QmpGreetingError(this.#options.path, "its first line is not a QMP greeting"));
      return;
    }
    this.#handshake?.cancelDeadline();
    this.#move("negotiating");
    const { greeting } = message;
    this.batch(() => {
      this.#send("qmp_capabilities", undefined, {}, (outcome) => this.#onNegotiated(greeting, outcome));
      this.#options.onGreeting?.(greeting);
    });
  }

  #onNegotiated(greeting: QmpGreeting, outcome: Outcome): void {
    if (this.#state === "closed" || this.#state === "draining") return;
    if (outcome.ok) {
      this.#move("running");
      this.#handshake?.resolve(greeting);
    } else if (outcome.error instanceof QmpCommandError) {
      this.#end(new QmpNegotiationError(this.#options.path, outcome.error));
    } else {
      this.#patient = true;
      this.#move("draining");
      this.#handshake?.reject(outcome.error);
    }
  }

  #onReply(message: QmpMessage & { readonly kind: "return" | "error" }): void {
    const command = this.#pending.commandOf(message.id);
    if (command === undefined) {
      this.#strayMessages += 1;
      return;
    }
    const outcome: Outcome =
      message.kind === "return"
        ? { ok: true, value: message.value }
        : { ok: false, error: new QmpCommandError(command, message.errorClass, message.description) };
    this.#pending.finish(Number(message.id), outcome);
    this.#endIfDrained();
  }

  #onSocketEnd(cause: Error | undefined): void {
    const { path } = this.#options;
    if (this.#state !== "connecting") this.#end(new QmpClosedError(path, cause));
    else if (cause !== undefined) this.#end(new QmpConnectError(path, cause));
    else this.#end(new QmpGreetingError(path, "the connection was closed without a greeting"));
  }

  #endIfDrained(): void {
    if (this.#state !== "draining") return;
    const owed = this.#patient ? this.#pending.size : this.#pending.awaited;
    if (owed === 0) this.#end(undefined);
  }

  /** The only way into `closed`: every caller learns of it. */
  #end(why: QmpError | undefined): void {
    if (this.#state === "closed") return;
    this.#move("closed");
    if (why === undefined) this.#socket.destroySoon();
    else this.#socket.destroy();
    this.#cancelPartial?.();
    this.#handshake?.cancelDeadline();
    this.#handshake?.reject(why ?? new QmpStateError("connect", "closed"));
    this.#pending.endAll((command) => new QmpInterruptedError(command, why));
    this.#closed.resolve(why);
  }

  #move(to: RunState): void {
    if (!mayMove(this.#state, to)) throw new QmpStateError(`become ${to}`, this.#state);
    this.#state = to;
    this.#options.onState?.(to);
  }
}
