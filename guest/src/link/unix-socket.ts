/** The channel over a unix socket: for a proxy in the guest (vsock, a container's bind mount) and for trying things out. */
import { createConnection, type Socket } from "node:net";
import { backoffMs } from "./backoff.ts";
import type { ByteStream, MayRead, StreamState } from "./link.ts";
import { type Lane, Outbox } from "./outbox.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
/** At most this much is read from the socket before it is handed over; the rest waits at the host's end. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** Handed over at once, so that a reader that may not go on has not read much more than it may. */
const PIECE_BYTES = 4096;
/** A host that neither reads nor closes cannot keep the agent from ending. */
const CLOSE_LIMIT_MS = 1000;

/** Connects, and connects again when the other end goes away. */
export class UnixSocketLink implements ByteStream {
  readonly #path: string;
  readonly #onArrival: () => void;
  readonly #outbox = new Outbox();
  readonly #written = (error?: Error | null) => {
    if (!error) this.#flush();
  };
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

  poll(nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void, mayRead: MayRead): void {
    if (!this.#socket && !this.#ended && nowMs >= this.#retryAtMs) this.#connect(nowMs);
    while (mayRead()) {
      const piece = this.#takePiece();
      if (piece === undefined) break;
      onBytes(piece);
    }
    if (this.#unreadBytes === 0) this.#socket?.resume();
    this.#flush();
  }

  send(lane: Lane, frame: Uint8Array): void {
    if (this.#state !== "up") return;
    this.#outbox.put(lane, frame);
    this.#flush();
  }

  reset(): void {
    this.#socket?.destroy();
  }

  /**
   * Frames that were sent last are still written, if the host takes them soon. Only this end's half is closed: a host that writes to a
   * socket that is closed altogether gets EPIPE, and may drop it before it has read the Goodbye.
   */
  close(): void {
    const socket = this.#socket;
    if (socket !== undefined && this.#state === "up") {
      this.#outbox.flush((bytes, offset) => writeWhole(socket, bytes, offset));
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS).unref();
    } else socket?.destroy();
    this.#ended = true;
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
    if (this.#ended) return;
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes >= MAX_UNREAD_BYTES) socket.pause();
    this.#onArrival();
  }

  #takePiece(): Uint8Array | undefined {
    const chunk = this.#unread[0];
    if (chunk === undefined) return undefined;
    if (chunk.length <= PIECE_BYTES) this.#unread.shift();
    else this.#unread[0] = chunk.subarray(PIECE_BYTES);
    const piece = chunk.subarray(0, PIECE_BYTES);
    this.#unreadBytes -= piece.length;
    return piece;
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
      // A socket takes a whole frame and keeps what the other end does not read, so frames are written one at a time.
      if (socket.writableLength > 0) return 0;
      return writeWhole(socket, bytes, offset, this.#written);
    });
  }
}

/** A socket takes all that it is given. `done` is called when the kernel has it, or with an error. */
function writeWhole(
  socket: Socket,
  bytes: Uint8Array,
  offset: number,
  done?: (error?: Error | null) => void,
): number {
  socket.write(bytes.subarray(offset), done);
  return bytes.length - offset;
}
