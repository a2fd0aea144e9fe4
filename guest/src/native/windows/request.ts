/** One overlapped request of Windows: its OVERLAPPED structure and its data, in memory that does not move. */
import { writeHandle } from "./text-and-pointers.ts";

/** HasOverlappedIoCompleted of the Windows headers looks at the same field for the same value. */
const STATUS_PENDING = 0x103;
/** OVERLAPPED on 64-bit Windows, in halves of its words, the lower one first: status, count, offset, event. */
const HALVES = 8;
const STATUS = 0;
const COUNT = 2;
const EVENT = 6;
const HALF_BYTES = 4;
const NO_EVENT = 0;

/**
 * Used for one request after the other; both the structure and the data belong to Windows while one is under way. Each sample looks at
 * requests, so that nothing is made for one: its outcome is read where Windows wrote it.
 */
export class Request {
  readonly #halves = new Uint32Array(HALVES);
  /** By which Windows knows the request. */
  readonly overlapped = Buffer.from(this.#halves.buffer);
  /** To be copied before the next request. */
  readonly data: Buffer;
  #underWay = false;

  /** `event` is signalled when a request is over. */
  constructor(sizeBytes: number, event = NO_EVENT) {
    this.data = Buffer.alloc(sizeBytes);
    writeHandle(this.overlapped, EVENT * HALF_BYTES, event);
  }

  /** Begun, and its outcome not looked at yet. */
  get isUnderWay(): boolean {
    return this.#underWay;
  }

  /** Begun, and Windows is not done with it. */
  get isPending(): boolean {
    return this.#underWay && this.status === STATUS_PENDING;
  }

  /** NTSTATUS of the request; 0: it succeeded. */
  get status(): number {
    return this.#halves[STATUS] ?? 0;
  }

  /** Bytes moved. */
  get count(): number {
    return Math.min(this.#halves[COUNT] ?? 0, this.data.length);
  }

  /** To be followed by the call that Windows begins it with. */
  begin(): void {
    this.#halves.fill(0, STATUS, EVENT);
    this.#underWay = true;
  }

  /** The outcome of a request that is not pending any more was looked at, or Windows did not even begin it. */
  end(): void {
    this.#underWay = false;
  }

  /** Copies as much as fits and gives its size. */
  fill(bytes: Uint8Array, offset: number): number {
    const part = bytes.subarray(offset, offset + this.data.length);
    this.data.set(part);
    return part.length;
  }
}
