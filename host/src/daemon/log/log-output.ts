/** Writes the log's lines to a sink that may be slow, full or gone: callers never wait, memory is bounded, what was lost is told. */
import { systemTimers, type Timers } from "../../timing/timers.ts";
import { LineQueue } from "./line-queue.ts";
import type { Sink } from "./sink.ts";

/** Some five thousand lines: more than an hour of a busy broker. */
export const MOST_WAITING_BYTES = 1024 * 1024;
/** A pipe's own buffer: more than it holds is not taken at once. */
const CHUNK_BYTES = 64 * 1024;
/** A full pipe is tried again so soon; a reader that reads is not slowed down noticeably. */
const FULL_PAUSE_MS = 50;
/** A full disk, or a pipe without reader. */
const FAILED_PAUSE_MS = 1_000;
/** How long the end of the broker waits for a slow reader. */
export const DRAIN_MS = 1_000;

/** What the log's reader did not get, or only late. */
export interface Loss {
  readonly droppedLines: number;
  /** The system's code of the last failure, such as `ENOSPC`; absent: the reader was too slow. */
  readonly code?: string;
}

export interface LogOutputOptions {
  readonly sink: Sink;
  /** Tells a loss, once there is room again. */
  readonly onLoss: (loss: Loss) => void;
  readonly mostWaitingBytes?: number;
  readonly timers?: Pick<Timers, "after">;
}

export class LogOutput {
  readonly #sink: Sink;
  readonly #onLoss: (loss: Loss) => void;
  readonly #queue: LineQueue;
  readonly #timers: Pick<Timers, "after">;
  /** Taken from the queue, being written. */
  #inHand: Uint8Array | undefined;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #failureCode: string | undefined;

  constructor({ sink, onLoss, mostWaitingBytes = MOST_WAITING_BYTES, timers }: LogOutputOptions) {
    this.#sink = sink;
    this.#onLoss = onLoss;
    this.#queue = new LineQueue(mostWaitingBytes);
    this.#timers = timers ?? systemTimers();
  }

  /** Takes one line with its end. Never throws and never waits. */
  write(line: string): void {
    this.#queue.push(line);
    if (!this.#isRunning) this.#running = this.#run();
  }

  /** Resolves when all is written, or when the reader had its time. */
  async drain(): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#timers.after(DRAIN_MS, resolve);
    });
    await Promise.race([this.#running, late]);
    cancel();
  }

  /** For the end of the process: writes what is taken at once, and gives up the rest. */
  flush(): void {
    try {
      for (let left = this.#queue.take(CHUNK_BYTES); left !== undefined; left = this.#queue.take(CHUNK_BYTES))
        if (this.#sink.writeNow(left) < left.length) return;
    } catch {
      // No reader takes it, and there is no other place to report it.
    }
  }

  /** Ends in the same moment in which it finds nothing to write: no line is left behind. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // Lines of one turn of the loop go out together.
    await Promise.resolve();
    for (;;) {
      this.#inHand ??= this.#queue.take(CHUNK_BYTES);
      if (this.#inHand === undefined) break;
      await this.#writeSome(this.#inHand);
    }
    this.#isRunning = false;
  }

  async #writeSome(bytes: Uint8Array): Promise<void> {
    try {
      const written = await this.#sink.write(bytes);
      this.#inHand = written < bytes.length ? bytes.subarray(written) : undefined;
      this.#tellLoss();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      if (code !== "EAGAIN") this.#failureCode = code;
      const pauseMs = code === "EAGAIN" ? FULL_PAUSE_MS : FAILED_PAUSE_MS;
      await new Promise<void>((resolve) => this.#timers.after(pauseMs, resolve));
    }
  }

  #tellLoss(): void {
    const droppedLines = this.#queue.takeLoss();
    const code = this.#failureCode;
    if (droppedLines === 0 && (code === undefined || this.#queue.isLosing)) return;
    this.#failureCode = undefined;
    this.#onLoss({ droppedLines, ...(code !== undefined && { code }) });
  }
}
