/** One reader of the stream: gets one message at a time, and is told and dropped when too many wait for it. */
import type { WebSocket } from "ws";
import { STREAM_CLOSE } from "../model/stream.ts";
import { TokenBucket } from "../timing/token-bucket.ts";
import { type QueueBounds, StreamQueue } from "./stream-queue.ts";

/** A minute of a stream that changes often; a status of a thousand guests is about a million characters. */
export const READER_BOUNDS: QueueBounds = { messages: 500, characters: 4_000_000 };

/** What a reader may send. It has nothing to say; a library that asks whether the broker lives sends some ten bytes in 20 s. */
const SENT_BYTES_PER_SECOND = 64;
const SENT_BURST_BYTES = 16 * 1024;

/** A reader gets this long to hear why it is not waited for. */
const CUT_GRACE_MS = 300;
const TALKING = "this stream only tells: send nothing";

export class StreamReader {
  readonly #socket: WebSocket;
  readonly #queue: StreamQueue;
  readonly #sent = new TokenBucket(SENT_BYTES_PER_SECOND, SENT_BURST_BYTES);
  /** A message is on its way to the kernel: the next one waits here, where it is counted. */
  #isSending = false;

  constructor(socket: WebSocket, bounds: QueueBounds = READER_BOUNDS) {
    this.#socket = socket;
    this.#queue = new StreamQueue(bounds);
    socket.on("error", () => socket.terminate());
    socket.on("message", () => this.end(STREAM_CLOSE.talking, TALKING));
    socket.once("close", () => this.#queue.clear());
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#queue.push(text)) this.#next();
    else this.end(STREAM_CLOSE.slow, "too slow: connect again for a new snapshot");
  }

  /** So many bytes came of it, of whatever kind. Beyond what it may send, nothing more is read. */
  heard(bytes: number, nowMs: number): void {
    if (this.#sent.spend(nowMs, bytes) === 0) return;
    this.end(STREAM_CLOSE.talking, TALKING);
    this.#socket.pause();
    this.#cutSoon();
  }

  /** What waits is dropped, so that the reason is the next thing that a slow reader hears. */
  end(code: number, reason: string): void {
    this.#queue.clear();
    this.#socket.close(code, reason);
    // The broker's end waits for no reader.
    if (code === STREAM_CLOSE.stopping) this.#cutSoon();
  }

  #cutSoon(): void {
    setTimeout(() => this.#socket.terminate(), CUT_GRACE_MS).unref();
  }

  #next(): void {
    if (this.#isSending) return;
    const text = this.#queue.take();
    if (text === undefined) return;
    this.#isSending = true;
    this.#socket.send(text, () => {
      this.#isSending = false;
      this.#next();
    });
  }
}
