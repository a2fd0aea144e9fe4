/** Finds frames in a byte stream that may be cut anywhere or full of noise. Pure: bytes in, events out. */
import { FRAME_HEADER_BYTES, FRAME_MAGIC, MAX_FRAME_BYTES, probeFrame } from "./frame.ts";

/** Noise in a row after which the stream is given up. */
export const MAX_NOISE_BYTES = 256 * 1024;

/**
 * Forged headers can make the reader checksum 64 KiB for every 8 bytes that arrive. So checksums that came to nothing are
 * bounded: this much for free (a few frames cut short), and this many bytes for each byte received.
 */
const FREE_CHECKSUM_BYTES = 16 * MAX_FRAME_BYTES;
const CHECKSUM_BYTES_PER_BYTE = 8;

const INITIAL_BUFFER_BYTES = 2048;
const LARGEST_SLICE_BYTES = 65_536;
/** A buffer that grew above this is freed when it is empty: there may be a thousand readers. */
const KEPT_BUFFER_BYTES = 16_384;

export type FrameEvent =
  | { readonly type: "frame"; readonly payload: Uint8Array }
  /** Bytes in a row that belong to no frame. */
  | { readonly type: "discarded"; readonly bytes: number }
  /** The stream is noise: close it. The reader ignores everything from here on. */
  | { readonly type: "flood"; readonly noiseBytes: number };

/** Reads one stream; memory stays below twice the largest frame plus one slice, work is linear in what arrives. */
export class FrameReader {
  #buffer = Buffer.alloc(INITIAL_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #discardedBytes = 0;
  #noiseBytes = 0;
  #checksumBudgetBytes = FREE_CHECKSUM_BYTES;
  #flooded = false;

  /** Bytes dropped since the beginning. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  /** Takes the next bytes of the stream and tells what became complete, in the order of the stream. */
  push(untrustedChunk: Uint8Array): FrameEvent[] {
    const events: FrameEvent[] = [];
    for (let at = 0; at < untrustedChunk.length && !this.#flooded; at += LARGEST_SLICE_BYTES) {
      const slice = untrustedChunk.subarray(at, at + LARGEST_SLICE_BYTES);
      this.#checksumBudgetBytes = Math.min(
        FREE_CHECKSUM_BYTES,
        this.#checksumBudgetBytes + CHECKSUM_BYTES_PER_BYTE * slice.length,
      );
      this.#append(slice);
      this.#scan(events);
    }
    return events;
  }

  #append(slice: Uint8Array): void {
    const pendingBytes = this.#end - this.#start;
    if (this.#end + slice.length > this.#buffer.length) {
      const neededBytes = pendingBytes + slice.length;
      // Moved only when at least half of the room comes free, so that single bytes do not cost a move each.
      const roomy = neededBytes * 2 <= this.#buffer.length;
      const target = roomy ? this.#buffer : Buffer.alloc(2 ** Math.ceil(Math.log2(neededBytes * 2)));
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#start = 0;
      this.#end = pendingBytes;
    }
    this.#buffer.set(slice, this.#end);
    this.#end += slice.length;
  }

  #scan(events: FrameEvent[]): void {
    const bytes = this.#buffer.subarray(0, this.#end);
    while (this.#start < this.#end && !this.#flooded) {
      const probe = probeFrame(bytes, this.#start);
      if (probe.kind === "incomplete") return;
      if (probe.kind === "frame") this.#take(probe.frameBytes, events);
      else {
        this.#checksumBudgetBytes -= probe.checkedBytes;
        this.#discard(this.#nextCandidate(bytes) - this.#start, events);
      }
    }
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > KEPT_BUFFER_BYTES) this.#buffer = Buffer.alloc(INITIAL_BUFFER_BYTES);
  }

  /** Where a frame could start, at least one byte further on. */
  #nextCandidate(bytes: Buffer): number {
    const next = bytes.indexOf(FRAME_MAGIC[0] ?? 0, this.#start + 1);
    return next < 0 ? this.#end : next;
  }

  #take(frameBytes: number, events: FrameEvent[]): void {
    // A copy: the buffer is used again.
    const payload = new Uint8Array(
      this.#buffer.subarray(this.#start + FRAME_HEADER_BYTES, this.#start + frameBytes),
    );
    events.push({ type: "frame", payload });
    this.#start += frameBytes;
    this.#noiseBytes = 0;
  }

  #discard(bytes: number, events: FrameEvent[]): void {
    this.#start += bytes;
    this.#discardedBytes += bytes;
    this.#noiseBytes += bytes;
    const last = events.at(-1);
    if (last?.type === "discarded")
      events[events.length - 1] = { type: "discarded", bytes: last.bytes + bytes };
    else events.push({ type: "discarded", bytes });
    if (this.#noiseBytes <= MAX_NOISE_BYTES && this.#checksumBudgetBytes >= 0) return;
    this.#flooded = true;
    events.push({ type: "flood", noiseBytes: this.#noiseBytes });
  }
}
