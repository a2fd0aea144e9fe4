/** The channel over WebSocket for the sampling loop. `dial` loads the network code only when it is needed. */
import { closeReason } from "@ballast/proto";
import { backoffMs } from "./backoff.ts";
import type { RestingChannel } from "./channel.ts";
import type { StreamState } from "./link.ts";
import { type Lane, Outbox } from "./outbox.ts";
import { CHUNKS_PER_UNIT, frameCost, readingBudget, UNITS_PER_SECOND } from "./reading-budget.ts";

const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 60_000;
/** The host pings every 15 s. After three missing pings it is gone, whatever the network says. */
export const HOST_QUIET_MS = 45_000;
/** After a connection that lasted this long, the next attempt comes soon. */
export const GOOD_CONNECTION_MS = 10_000;
/** With more unread data than this the host floods, and is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** The host also floods if its data takes more than 10 s to pay for: nothing else bounds what one read brings. */
export const MAX_DEBT_UNITS = 10 * UNITS_PER_SECOND;

/** One open connection. */
export interface Connection {
  /** Bytes that were sent and are still in this process. */
  readonly waitingBytes: number;
  send(message: Uint8Array): void;
  /** Stops reading; what the host sends waits there. */
  pause(): void;
  resume(): void;
  /** Closes with a close frame; what was sent before is still written. */
  close(): void;
  /** As `close`, and tells the host that its data is not understood. */
  refuse(): void;
  /** Ends it at once. */
  destroy(): void;
}

export interface ConnectionEvents {
  onMessage(untrustedMessage: Uint8Array): void;
  /** The host sent text, which the protocol does not know. */
  onText(): void;
  /** Something was read, of whatever it is a part. */
  onChunk(): void;
  /** A ping or a pong: the host is alive although it sent no message. */
  onControl(): void;
  /** Once, after the connection was open. */
  onEnd(problem: string, code: number): void;
}

/** Resolves with an open connection; rejects with an error whose message is for the admin. `cancelled` ends the attempt. */
export type Dial = (events: ConnectionEvents, cancelled: AbortSignal) => Promise<Connection>;

export interface WebSocketChannelOptions {
  readonly dial: Dial;
  /** 0…1, spreads the attempts of many guests. */
  readonly random: () => number;
  /** The host connected or sent something: `poll` has something to do. */
  readonly onArrival: () => void;
}

/** Connects, and connects again after growing, jittered pauses: many guests lose the same host at the same moment. */
export class WebSocketChannel implements RestingChannel {
  readonly #options: WebSocketChannelOptions;
  readonly #outbox = new Outbox();
  readonly #budget = readingBudget();
  #connection: Connection | undefined;
  /** Counts attempts; events of any but the newest are stale. */
  #attempt = 0;
  /** Ends the attempt that is under way. */
  #dialling: AbortController | undefined;
  #isPaused = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #chunks = 0;
  #generation = 0;
  #problem: string | undefined;
  #failures = 0;
  /** How long to wait from the next poll on; undefined once the time is fixed. */
  #pauseMs: number | undefined = 0;
  #dialAtMs = 0;
  #signOfLife = false;
  #heardAtMs = 0;
  /** The time of the newest poll, and of the first poll of the open connection. */
  #polledAtMs = 0;
  #openSinceMs: number | undefined;
  #ended = false;

  constructor(options: WebSocketChannelOptions) {
    this.#options = options;
  }

  get state(): StreamState {
    return this.#connection === undefined ? "closed" : "up";
  }

  get generation(): number {
    return this.#generation;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void {
    this.#polledAtMs = nowMs;
    this.#budget.refill(nowMs);
    if (this.#connection === undefined) this.#dialWhenDue(nowMs);
    else this.#watch(nowMs);
    const messages = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const message of messages) onEnvelope(message);
    this.#rest();
    this.#flush();
  }

  send(lane: Lane, envelope: Uint8Array): void {
    if (this.#connection === undefined) return;
    this.#outbox.put(lane, envelope);
    this.#flush();
  }

  rest(): void {
    this.#connection?.close();
    this.#forget();
    this.#failures = 0;
    this.#pauseMs = 0;
    this.#problem = undefined;
  }

  /** Envelopes that were sent last are still written. */
  close(): void {
    this.#ended = true;
    this.rest();
  }

  #dialWhenDue(nowMs: number): void {
    if (this.#ended || this.#dialling !== undefined) return;
    if (this.#pauseMs !== undefined) {
      this.#dialAtMs = nowMs + this.#pauseMs;
      this.#pauseMs = undefined;
    }
    if (nowMs < this.#dialAtMs) return;
    this.#dialling = new AbortController();
    const attempt = ++this.#attempt;
    const isCurrent = () => attempt === this.#attempt;
    this.#options.dial(this.#eventsOf(isCurrent), this.#dialling.signal).then(
      (connection) => (isCurrent() ? this.#opened(connection) : connection.close()),
      (error: unknown) => {
        if (isCurrent()) this.#failed(error instanceof Error ? error.message : String(error));
      },
    );
  }

  #eventsOf(isCurrent: () => boolean): ConnectionEvents {
    return {
      onMessage: (untrustedMessage) => {
        if (isCurrent()) this.#received(untrustedMessage);
      },
      onText: () => {
        if (isCurrent()) this.#refuse();
      },
      onChunk: () => {
        if (isCurrent() && ++this.#chunks % CHUNKS_PER_UNIT === 0) this.#pay(1);
      },
      onControl: () => {
        if (isCurrent()) this.#spend(0);
      },
      onEnd: (problem, code) => {
        if (isCurrent()) this.#hostEnded(problem, code);
      },
    };
  }

  #opened(connection: Connection): void {
    this.#dialling = undefined;
    this.#connection = connection;
    this.#openSinceMs = undefined;
    this.#isPaused = false;
    this.#generation++;
    this.#signOfLife = true;
    this.#problem = undefined;
    this.#rest();
    this.#options.onArrival();
  }

  /** A host that served for a while is tried again soon. A host that ends each connection at once is tried later and later. */
  #hostEnded(problem: string, code: number): void {
    const lastedMs = this.#polledAtMs - (this.#openSinceMs ?? this.#polledAtMs);
    if (lastedMs >= GOOD_CONNECTION_MS) this.#failures = 0;
    if (closeReason(code) === "superseded") this.#failures = Number.MAX_SAFE_INTEGER;
    this.#failed(problem);
  }

  #failed(problem: string): void {
    this.#forget();
    this.#failures++;
    const fullMs = backoffMs(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    this.#pauseMs = fullMs * (1 - this.#options.random() / 2);
    this.#problem = problem;
  }

  #forget(): void {
    this.#attempt++;
    this.#dialling?.abort();
    this.#dialling = undefined;
    this.#connection = undefined;
    this.#outbox.clear();
    this.#unread = [];
    this.#unreadBytes = 0;
  }

  #received(untrustedMessage: Uint8Array): void {
    this.#unread.push(untrustedMessage);
    this.#unreadBytes += untrustedMessage.length;
    this.#spend(untrustedMessage.length);
    this.#options.onArrival();
  }

  /** A frame of this many bytes came. */
  #spend(bytes: number): void {
    this.#signOfLife = true;
    this.#pay(frameCost(bytes));
  }

  #pay(units: number): void {
    this.#budget.spend(units);
    if (this.#budget.debt > MAX_DEBT_UNITS || this.#unreadBytes > MAX_UNREAD_BYTES)
      this.#cut("the host floods the WebSocket connection: it is cut");
    else this.#rest();
  }

  /** Continues or pauses reading, as the budget allows. */
  #rest(): void {
    const isPaused = !this.#budget.isOpen;
    if (this.#connection === undefined || isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#connection.pause();
    else this.#connection.resume();
  }

  #watch(nowMs: number): void {
    this.#openSinceMs ??= nowMs;
    if (this.#signOfLife) this.#heardAtMs = nowMs;
    else if (nowMs - this.#heardAtMs >= HOST_QUIET_MS)
      this.#cut(`nothing came from the host over WebSocket for ${HOST_QUIET_MS / 1000} s: connecting anew`);
    this.#signOfLife = false;
  }

  #cut(problem: string): void {
    this.#connection?.destroy();
    this.#failed(problem);
  }

  #refuse(): void {
    this.#connection?.refuse();
    this.#failed("the host sent text, which is not Ballast's protocol: does --url name a broker?");
  }

  #flush(): void {
    const connection = this.#connection;
    // A connection keeps what the host does not read, so envelopes are sent one at a time.
    if (connection === undefined || connection.waitingBytes > 0) return;
    this.#outbox.flush((message) => {
      if (connection.waitingBytes > 0) return 0;
      connection.send(message);
      return message.length;
    });
  }
}
