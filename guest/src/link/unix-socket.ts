/** The channel over a unix socket: for a proxy in the guest (vsock, a container's bind mount) and for trying things out. */
import { createConnection, type Socket } from "node:net";
import { backoffMs } from "./backoff.ts";
import type { ByteStream, StreamState } from "./link.ts";
import { type Lane, Outbox } from "./outbox.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
/** More than this unread means that the peer floods: it is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** Connects, and connects again whenever the other end goes away. */
export class UnixSocketLink implements ByteStream {
  readonly #path: string;
  readonly #onArrival: () => void;
  readonly #outbox = new Outbox();
  #socket: Socket | undefined;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #state: StreamState = "closed";
  #generation = 0;
  #problem: string | undefined;
  #failures = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #ended = false;

  /** `onArrival` is called when the host connects or speaks: `poll` has something to do. */
  constructor(path: string, onArrival: () => void = () => {}) {
    this.#path = path;
    this.#onArrival = onArrival;
  }

  get state(): StreamState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  poll(nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void): void {
    if (!this.#socket && !this.#ended && nowMs >= this.#retryAtMs) this.#connect(nowMs);
    const chunks = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const chunk of chunks) onBytes(chunk);
    this.#flush();
  }

  send(lane: Lane, frame: Uint8Array): void {
    if (this.#state !== "up") return;
    this.#outbox.put(lane, frame);
    this.#flush();
  }

  /** What was sent last still goes out. */
  close(): void {
    this.#ended = true;
    this.#socket?.end();
    this.#state = "closed";
  }

  #connect(nowMs: number): void {
    this.#failures++;
    this.#retryAtMs = nowMs + backoffMs(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    const socket = createConnection({ path: this.#path });
    this.#socket = socket;
    socket.on("connect", () => {
      this.#state = "up";
      this.#generation++;
      this.#failures = 0;
      this.#problem = undefined;
      this.#onArrival();
    });
    socket.on("data", (chunk) => this.#received(socket, chunk));
    socket.on("error", (error) => {
      this.#problem = `${this.#path} cannot be reached: ${error.message}`;
    });
    socket.on("close", () => this.#closed(socket));
  }

  #received(socket: Socket, chunk: Uint8Array): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes > MAX_UNREAD_BYTES) socket.destroy();
    this.#onArrival();
  }

  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#state = "closed";
    this.#outbox.clear();
    this.#unread = [];
    this.#unreadBytes = 0;
  }

  #flush(): void {
    const socket = this.#socket;
    if (!socket || this.#state !== "up") return;
    this.#outbox.flush((bytes, offset) => {
      // A socket takes a frame whole and keeps what the other end does not read: so one frame at a time.
      if (socket.writableLength > 0) return 0;
      socket.write(bytes.subarray(offset));
      return bytes.length - offset;
    });
  }
}
