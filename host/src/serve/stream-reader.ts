/** One reader of the stream: gets one message at a time, and is told and dropped when too many wait for it. */
import type { WebSocket } from "ws";
import { STREAM_CLOSE } from "../model/stream.ts";
import { type QueueBounds, StreamQueue } from "./stream-queue.ts";

/** A minute of a stream that changes often; a status of a thousand guests is about a million characters. */
export const READER_BOUNDS: QueueBounds = { messages: 500, characters: 4_000_000 };

/** A reader gets this long to hear that the broker stops. */
const STOP_GRACE_MS = 300;

export class StreamReader {
  readonly #socket: WebSocket;
  readonly #queue: StreamQueue;
  /** A message is on its way to the kernel: the next one waits here, where it is counted. */
  #isSending = false;

  constructor(socket: WebSocket, bounds: QueueBounds = READER_BOUNDS) {
    this.#socket = socket;
    this.#queue = new StreamQueue(bounds);
    socket.on("error", () => socket.terminate());
    socket.on("message", () => this.end(STREAM_CLOSE.talking, "this stream only tells: send nothing"));
    socket.once("close", () => this.#queue.clear());
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#queue.push(text)) this.#next();
    else this.end(STREAM_CLOSE.slow, "too slow: connect again for a new snapshot");
  }

  /** What waits is dropped, so that the reason is the next thing that a slow reader hears. */
  end(code: number, reason: string): void {
    this.#queue.clear();
    this.#socket.close(code, reason);
    // The broker's end waits for no reader.
    if (code === STREAM_CLOSE.stopping) setTimeout(() => this.#socket.terminate(), STOP_GRACE_MS).unref();
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
