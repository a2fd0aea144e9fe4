/** The channel over WebSocket, seen from the sampling loop; what carries it is loaded by `dial`, only when it is needed. */
import { closeReason } from "@ballast/proto";
import { backoffMs } from "./backoff.ts";
import type { RestingChannel } from "./channel.ts";
import type { StreamState } from "./link.ts";
import { type Lane, Outbox } from "./outbox.ts";

const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 60_000;
/** The host pings every 15 s: after three of them went missing it is gone, whatever the network says. */
export const HOST_QUIET_MS = 45_000;
/** More than this unread means that the host floods: it is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** One open connection. */
export interface Connection {
  /** Bytes that were sent and are still in this process. */
  readonly waitingBytes: number;
  send(message: Uint8Array): void;
  /** Says so to the host; what was sent before still goes out. */
  close(): void;
  /** Ends it at once. */
  destroy(): void;
}

export interface ConnectionEvents {
  onMessage(untrustedMessage: Uint8Array): void;
  /** The host lives, though it said nothing to us. */
  onPing(): void;
  /** Once, after the connection was open. */
  onEnd(problem: string, code: number): void;
}

/** Resolves with an open connection; rejects with an error whose message is for the admin. */
export type Dial = (events: ConnectionEvents) => Promise<Connection>;

export interface WebSocketChannelOptions {
  readonly dial: Dial;
  /** 0…1, spreads the attempts of many guests. */
  readonly random: () => number;
  /** The host is there, or spoke: `poll` has something to do. */
  readonly onArrival: () => void;
}

/** Connects, and connects again after growing, jittered pauses: many guests lose the same host at the same moment. */
export class WebSocketChannel implements RestingChannel {
  readonly #options: WebSocketChannelOptions;
  readonly #outbox = new Outbox();
  #connection: Connection | undefined;
  /** Counts attempts; events of any but the newest are stale. */
  #attempt = 0;
  #isDialling = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #generation = 0;
  #problem: string | undefined;
  #failures = 0;
  /** How long to wait from the next poll on; absent once the moment is fixed. */
  #pauseMs: number | undefined = 0;
  #dialAtMs = 0;
  #signOfLife = false;
  #heardAtMs = 0;
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
    if (this.#connection === undefined) this.#dialWhenDue(nowMs);
    else this.#watch(nowMs);
    const messages = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const message of messages) onEnvelope(message);
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

  /** What was sent last still goes out. */
  close(): void {
    this.#ended = true;
    this.rest();
  }

  #dialWhenDue(nowMs: number): void {
    if (this.#ended || this.#isDialling) return;
    if (this.#pauseMs !== undefined) {
      this.#dialAtMs = nowMs + this.#pauseMs;
      this.#pauseMs = undefined;
    }
    if (nowMs < this.#dialAtMs) return;
    this.#isDialling = true;
    const attempt = ++this.#attempt;
    const isCurrent = () => attempt === this.#attempt;
    this.#options.dial(this.#eventsOf(isCurrent)).then(
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
      onPing: () => {
        if (isCurrent()) this.#signOfLife = true;
      },
      onEnd: (problem, code) => {
        if (!isCurrent()) return;
        if (closeReason(code) === "superseded") this.#failures = Number.MAX_SAFE_INTEGER;
        this.#failed(problem);
      },
    };
  }

  #opened(connection: Connection): void {
    this.#isDialling = false;
    this.#connection = connection;
    this.#generation++;
    this.#signOfLife = true;
    this.#problem = undefined;
    this.#options.onArrival();
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
    this.#isDialling = false;
    this.#connection = undefined;
    this.#outbox.clear();
    this.#unread = [];
    this.#unreadBytes = 0;
  }

  #received(untrustedMessage: Uint8Array): void {
    this.#signOfLife = true;
    // A host that answers is a good one: the next attempt may come soon.
    this.#failures = 0;
    this.#unread.push(untrustedMessage);
    this.#unreadBytes += untrustedMessage.length;
    if (this.#unreadBytes > MAX_UNREAD_BYTES)
      this.#cut("the host floods the WebSocket connection: it is cut");
    this.#options.onArrival();
  }

  #watch(nowMs: number): void {
    if (this.#signOfLife) this.#heardAtMs = nowMs;
    else if (nowMs - this.#heardAtMs >= HOST_QUIET_MS)
      this.#cut(`nothing came from the host over WebSocket for ${HOST_QUIET_MS / 1000} s: connecting anew`);
    this.#signOfLife = false;
  }

  #cut(problem: string): void {
    this.#connection?.destroy();
    this.#failed(problem);
  }

  #flush(): void {
    const connection = this.#connection;
    // A connection keeps what the host does not read: so one envelope at a time.
    if (connection === undefined || connection.waitingBytes > 0) return;
    this.#outbox.flush((message) => {
      if (connection.waitingBytes > 0) return 0;
      connection.send(message);
      return message.length;
    });
  }
}
