/** One connection to a channel's unix socket. It turns bytes into frames and bounds what is read and what waits to be written. */
import type { Socket } from "node:net";
import { FrameReader } from "@ballast/proto";
import type { Clock } from "../model/adapters.ts";
import { openSocket } from "../sockets/read-into-one.ts";
import type { Timers } from "../timing/timers.ts";
import { TokenBucket } from "../timing/token-bucket.ts";
import {
  CLOGGED_BYTES,
  FULL_BYTES,
  READ_BURST_BYTES,
  READ_BYTES_PER_SECOND,
  readCost,
} from "./channel-limits.ts";
import { connectProblem, endProblem, FLOOD_PROBLEM } from "./channel-problems.ts";

const CLOSE_LIMIT_MS = 250;

export interface ConnectionEvents {
  onOpen(): void;
  /** Called within the socket's data event: a demand does not wait. */
  onFrame(untrustedPayload: Uint8Array): void;
  /** This many bytes in a row belong to no frame. */
  onNoise(bytes: number): void;
  /** Called once, even if the connection never opened. `why` is for the admin. */
  onClose(problem: string): void;
}

export class ChannelConnection {
  readonly #clock: Clock;
  readonly #timers: Pick<Timers, "after">;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #readRate = new TokenBucket(READ_BYTES_PER_SECOND, READ_BURST_BYTES);
  readonly #closed: Promise<void>;
  #opened = false;
  #flooded = false;
  #error: Error | undefined;
  #cancelResume: (() => void) | undefined;

  constructor(path: string, clock: Clock, timers: Pick<Timers, "after">, events: ConnectionEvents) {
    this.#clock = clock;
    this.#timers = timers;
    this.#events = events;
    this.#socket = openSocket((untrustedChunk) => this.#onData(untrustedChunk));
    this.#socket.once("connect", () => {
      this.#opened = true;
      events.onOpen();
    });
    this.#socket.on("error", (error) => {
      this.#error = error;
    });
    this.#closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.#cancelResume?.();
        events.onClose(this.#problem(path));
        resolve();
      });
    });
    this.#socket.connect({ path });
  }

  /** Bytes that belong to no frame. */
  get discardedBytes(): number {
    return this.#reader.discardedBytes;
  }

  /** Writes at once; false when it had to be dropped. */
  send(frame: Uint8Array, courtesy: boolean): boolean {
    const waitingBytes = this.#socket.writableLength;
    if (!this.#socket.writable || waitingBytes > (courtesy ? CLOGGED_BYTES : FULL_BYTES)) return false;
    this.#socket.write(frame);
    return true;
  }

  /** Sends what waits, then closes. A peer that does not read cannot delay it. */
  async close(): Promise<void> {
    const cancel = this.#timers.after(CLOSE_LIMIT_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
    await this.#closed;
    cancel();
  }

  #onData(untrustedChunk: Uint8Array): void {
    const waitMs = this.#readRate.spend(this.#clock.nowMs(), readCost(untrustedChunk.length));
    if (waitMs > 0) this.#pause(waitMs);
    for (const event of this.#reader.push(untrustedChunk)) {
      if (event.type === "frame") this.#events.onFrame(event.payload);
      else if (event.type === "discarded") this.#events.onNoise(event.bytes);
      else {
        this.#flooded = true;
        this.#socket.destroy();
      }
    }
  }

  #pause(waitMs: number): void {
    this.#socket.pause();
    this.#cancelResume?.();
    this.#cancelResume = this.#timers.after(waitMs, () => this.#socket.resume());
  }

  #problem(path: string): string {
    if (this.#flooded) return FLOOD_PROBLEM;
    if (!this.#opened && this.#error !== undefined) return connectProblem(this.#error, path);
    return endProblem(this.#error, path);
  }
}
