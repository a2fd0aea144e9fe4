/** The broker's state as a stream: a snapshot, then what changes. Made once for all readers, and only while there are any. */
import type { Clock, Log } from "../model/adapters.ts";
import type { BrokerControl, Status } from "../model/status.ts";
import { deltaBetween } from "../model/status-delta.ts";
import { STREAM_CLOSE, STREAM_STEP_MS, type StreamMessage } from "../model/stream.ts";

/** Readers at one time; a few pages and scripts. */
export const MOST_READERS = 16;
/** Events of the snapshot. */
const PAST_EVENTS = 50;
const FAILED = "the broker failed; its log says why";

/** Takes messages; `end` is the last call. */
export interface StreamSink {
  send(text: string): void;
  end(code: number, reason: string): void;
}

export interface StatusStreamOptions {
  readonly view: BrokerControl;
  readonly log: Log;
  readonly wallMs?: Clock["wallMs"];
}

export class StatusStream {
  readonly #view: BrokerControl;
  readonly #log: Log;
  readonly #wallMs: Clock["wallMs"];
  readonly #readers = new Set<StreamSink>();
  /** What every reader knows; absent while there is none. */
  #told: Status | undefined;
  #stop = () => {};

  constructor({ view, log, wallMs = Date.now }: StatusStreamOptions) {
    this.#view = view;
    this.#log = log;
    this.#wallMs = wallMs;
  }

  get isFull(): boolean {
    return this.#readers.size >= MOST_READERS;
  }

  /** Tells the snapshot at once, and what changes until `close`. */
  open(reader: StreamSink): void {
    const status = this.#told ?? this.#read();
    if (status === undefined) {
      reader.end(STREAM_CLOSE.failed, FAILED);
      return;
    }
    if (this.#told === undefined) this.#begin(status);
    this.#readers.add(reader);
    const events = this.#view.events(0, PAST_EVENTS);
    reader.send(textOf({ type: "snapshot", atMs: this.#wallMs(), status, events }));
  }

  /** It hears nothing more. */
  close(reader: StreamSink): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#rest();
  }

  endAll(code: number, reason: string): void {
    for (const reader of this.#readers) reader.end(code, reason);
    this.#readers.clear();
    this.#rest();
  }

  #begin(status: Status): void {
    this.#told = status;
    const timer = setInterval(() => this.#step(), STREAM_STEP_MS);
    const unfollow = this.#view.onEvent((event) => this.#tell({ type: "event", event }));
    this.#stop = () => {
      clearInterval(timer);
      unfollow();
    };
  }

  #rest(): void {
    this.#stop();
    this.#stop = () => {};
    this.#told = undefined;
  }

  #step(): void {
    const status = this.#read();
    if (status === undefined || this.#told === undefined) {
      this.endAll(STREAM_CLOSE.failed, FAILED);
      return;
    }
    const delta = deltaBetween(this.#told, status);
    this.#told = status;
    this.#tell({ type: "delta", atMs: this.#wallMs(), ...delta });
  }

  /** A failure must not end the broker. */
  #read(): Status | undefined {
    try {
      return this.#view.status();
    } catch (error) {
      this.#log.error({ err: error }, "the stream failed to read the status");
      return undefined;
    }
  }

  #tell(message: StreamMessage): void {
    const text = textOf(message);
    for (const reader of this.#readers) reader.send(text);
  }
}

function textOf(message: StreamMessage): string {
  return JSON.stringify(message);
}
