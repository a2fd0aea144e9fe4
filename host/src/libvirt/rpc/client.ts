/** One connection to libvirtd from its opening to its end: calls out, answers and events in, keep-alive answered. */
import net from "node:net";
import { deferred } from "../../timing/deferred.ts";
import { systemTimers, type Timers } from "../../timing/timers.ts";
import type { CallGate } from "./call-gate.ts";
import { CallQueue, type Outcome } from "./call-queue.ts";
import {
  LibvirtClosedError,
  LibvirtConnectError,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtRefusedError,
  LibvirtStateError,
  LibvirtTooLongError,
} from "./errors.ts";
import { encodeFrame, type Frame, FrameReader, MOST_BYTES } from "./frame.ts";
import { openConnection } from "./opening.ts";
import { type Caller, type CallOptions, CONNECT_CLOSE, type Procedure } from "./procedures.ts";
import { errorReply, type MessageHeader, textOf } from "./wire.ts";

/** `REMOTE_PROGRAM` and `KEEPALIVE_PROGRAM`; version 1 of both. */
const REMOTE = 0x20008086;
const KEEPALIVE = 0x6b656570;
const VERSION = 1;
/** `virNetMessageType`. */
const TYPE = { call: 0, reply: 1, message: 2 } as const;
/** `virNetMessageStatus`. */
const STATUS = { ok: 0, error: 1 } as const;
/** `enum keepalive_procedure`. */
const PING = 1;
const PONG = 2;

/** How long a caller waits for an answer unless it says otherwise: libvirt answers in about a millisecond. */
export const CALL_DEADLINE_MS = 3_000;
/** Authentication by polkit starts a process or two. */
export const OPEN_DEADLINE_MS = 5_000;
/** Taking leave must not hold up the end. */
const CLOSE_DEADLINE_MS = 500;
/** A message that has begun and does not end is none. */
export const PARTIAL_DEADLINE_MS = 5_000;
/** Calls that are about no domain. */
const HOST_KEY = "";

export interface ClientOptions {
  /** Path of libvirtd's unix socket. */
  readonly path: string;
  /** Which driver's connection is opened, such as `qemu:///system`. */
  readonly uri: string;
  readonly timers?: Timers;
  /** Shared with other connections to the same libvirtd. */
  readonly gate?: CallGate;
  readonly callDeadlineMs?: number;
  readonly openDeadlineMs?: number;
  /** Runs within `connect`, once libvirt can be called; its rejection is that of `connect`. */
  readonly onOpened?: (caller: Caller) => Promise<void>;
  /** Takes an event: its procedure's number and structure. */
  readonly onEvent?: (procedure: number, payload: Uint8Array) => void;
}

/** A client for one connection; after `closed` a new one is needed. */
export class LibvirtClient implements Caller {
  /** Resolves once the socket is gone, with the reason; `undefined` when {@link close} asked for it. */
  readonly closed: Promise<LibvirtError | undefined>;
  readonly #options: ClientOptions;
  readonly #timers: Timers;
  readonly #calls: CallQueue;
  readonly #reader = new FrameReader();
  readonly #closed = deferred<LibvirtError | undefined>();
  readonly #socket = new net.Socket();
  #state: "idle" | "connecting" | "open" | "closed" = "idle";
  #cancelPartial: (() => void) | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers();
    this.#calls = new CallQueue(this.#timers, options.gate);
    this.closed = this.#closed.promise;
  }

  get path(): string {
    return this.#options.path;
  }

  /** Connects, authenticates and opens; rejects with a `LibvirtError`, after which `closed` resolves. */
  async connect(): Promise<void> {
    if (this.#state !== "idle") throw new LibvirtStateError("connect", `the connection is ${this.#state}`);
    this.#state = "connecting";
    try {
      await this.#openSocket();
      await openConnection(this, this.#options, this.#options.openDeadlineMs ?? OPEN_DEADLINE_MS);
      await this.#options.onOpened?.(this);
    } catch (error) {
      const why = error instanceof LibvirtError ? error : new LibvirtProtocolError(String(error), error);
      this.#end(why);
      throw why;
    }
  }

  /** Whether an answer about `key` is past its deadline. */
  isHung(key: string): boolean {
    return this.#calls.isHung(key);
  }

  /** How many answers are owed for so long that they may never come. */
  get stuck(): number {
    return this.#calls.stuck;
  }

  /** Whether a call about `key` waits or is outstanding. */
  isAbout(key: string): boolean {
    return this.#calls.isAbout(key);
  }

  /** Whether nothing waits or is outstanding. */
  get isIdle(): boolean {
    return this.#calls.isIdle;
  }

  async call<Args, Reply>(
    procedure: Procedure<Args, Reply>,
    args: Args,
    { key = HOST_KEY, deadlineMs, urgent = false }: CallOptions = {},
  ): Promise<Reply> {
    if (this.#state !== "open")
      throw new LibvirtStateError(`call "${procedure.name}"`, `the connection is ${this.#state}`);
    const payload = procedure.args.encode(args);
    const reply = await new Promise<Uint8Array>((resolve, reject) => {
      this.#calls.add({
        name: procedure.name,
        key,
        urgent,
        deadlineMs: deadlineMs ?? this.#options.callDeadlineMs ?? CALL_DEADLINE_MS,
        send: (serial) => this.#write(REMOTE, procedure.number, TYPE.call, serial, payload),
        settle: (outcome) => (outcome.ok ? resolve(outcome.payload) : reject(outcome.error)),
      });
    });
    return decoded(procedure, reply);
  }

  /** Takes leave and ends the connection. */
  async close(): Promise<void> {
    if (this.#state === "open")
      await this.call(CONNECT_CLOSE, {}, { deadlineMs: CLOSE_DEADLINE_MS }).catch(() => undefined);
    this.#end(undefined);
    await this.closed;
  }

  #openSocket(): Promise<void> {
    const { path } = this.#options;
    return new Promise((resolve, reject) => {
      this.#socket.on("data", (chunk) => this.#onData(chunk));
      this.#socket.on("error", (cause) => {
        reject(new LibvirtConnectError(path, cause));
        if (this.#state === "open") this.#end(new LibvirtClosedError(path, cause));
      });
      this.#socket.on("close", () => {
        reject(new LibvirtClosedError(path));
        this.#end(new LibvirtClosedError(path));
      });
      this.#socket.connect({ path }, () => {
        if (this.#state === "connecting") this.#state = "open";
        resolve();
      });
    });
  }

  #write(program: number, procedure: number, type: number, serial: number, payload: Uint8Array): void {
    const header = { program, version: VERSION, procedure, type, serial, status: STATUS.ok };
    this.#socket.write(encodeFrame(header, payload));
  }

  #onData(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#state === "closed") return;
        this.#onFrame(frame);
      }
      this.#watchPartial();
    } catch (error) {
      this.#end(error instanceof LibvirtError ? error : new LibvirtProtocolError(String(error), error));
    }
  }

  /** Ends the connection where a message has begun and does not end. */
  #watchPartial(): void {
    if (!this.#reader.isPartial) {
      this.#cancelPartial?.();
      this.#cancelPartial = undefined;
      return;
    }
    this.#cancelPartial ??= this.#timers.after(PARTIAL_DEADLINE_MS, () =>
      this.#end(new LibvirtProtocolError(`a message that has not ended after ${PARTIAL_DEADLINE_MS} ms`)),
    );
  }

  #onFrame({ header, payload }: Frame): void {
    if (header.program === KEEPALIVE) this.#onKeepAlive(header);
    else if (header.program !== REMOTE) throw new LibvirtProtocolError(`a program ${header.program}`);
    else if (header.type === TYPE.reply) this.#calls.finish(header.serial, this.#outcomeOf(header, payload));
    else if (header.type === TYPE.message && payload !== undefined)
      this.#options.onEvent?.(header.procedure, payload);
  }

  /** libvirtd leaves a client that does not answer (`src/rpc/virkeepalive.c`). */
  #onKeepAlive({ procedure }: MessageHeader): void {
    if (procedure === PING) this.#write(KEEPALIVE, PONG, TYPE.message, 0, new Uint8Array());
  }

  #outcomeOf({ serial, status }: MessageHeader, payload: Uint8Array | undefined): Outcome {
    const name = this.#calls.nameOf(serial) ?? "";
    if (payload === undefined) return { ok: false, error: new LibvirtTooLongError(name, MOST_BYTES) };
    if (status === STATUS.ok) return { ok: true, payload };
    return { ok: false, error: refusal(name, payload) };
  }

  /** The only way into `closed`: every caller learns of it. */
  #end(why: LibvirtError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelPartial?.();
    this.#socket.destroy();
    this.#calls.endAll(why);
    this.#closed.resolve(why);
  }
}

function decoded<Args, Reply>({ name, reply }: Procedure<Args, Reply>, payload: Uint8Array): Reply {
  try {
    return reply.decode(payload);
  } catch (error) {
    throw new LibvirtProtocolError(`its answer to "${name}" cannot be read`, error);
  }
}

function refusal(name: string, payload: Uint8Array): LibvirtError {
  try {
    const { code, message } = errorReply.decode(payload);
    return new LibvirtRefusedError(name, code, textOf(message));
  } catch (error) {
    return new LibvirtProtocolError(`its refusal of "${name}" cannot be read`, error);
  }
}
