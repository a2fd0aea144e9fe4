/** One overlapped request of Windows: its OVERLAPPED structure and its data, in memory that does not move. */

/** HasOverlappedIoCompleted of the Windows headers looks at the same field for the same value. */
const STATUS_PENDING = 0x103;
/** OVERLAPPED on 64-bit Windows: status, count, offset, event. */
const OVERLAPPED_BYTES = 32;
const STATUS_AT = 0;
const COUNT_AT = 8;
const EVENT_AT = 24;
const NO_EVENT = 0;

/** Used for one request after the other; both the structure and the data belong to Windows while one is under way. */
export class Request {
  readonly #overlapped = Buffer.alloc(OVERLAPPED_BYTES);
  readonly #data: Buffer;
  readonly #event: number;
  #underWay = false;

  /** `event` is signalled when a request is over. */
  constructor(sizeBytes: number, event = NO_EVENT) {
    this.#data = Buffer.alloc(sizeBytes);
    this.#event = event;
  }

  /** By which Windows knows the request. */
  get overlapped(): Buffer {
    return this.#overlapped;
  }

  /** Begun, and its outcome not looked at yet. */
  get isUnderWay(): boolean {
    return this.#underWay;
  }

  /** Begun, and Windows is not done with it. */
  get isPending(): boolean {
    return this.#underWay && this.#overlapped.readUInt32LE(STATUS_AT) === STATUS_PENDING;
  }

  /** The last arguments of ReadFile and WriteFile: buffer, size, no count, OVERLAPPED. */
  begin(size: number): [Buffer, number, null, Buffer] {
    this.#overlapped.fill(0);
    this.#overlapped.writeBigInt64LE(BigInt(this.#event), EVENT_AT);
    this.#underWay = true;
    return [this.#data, Math.min(size, this.#data.length), null, this.#overlapped];
  }

  /** Ends a request that is not pending any more: its NTSTATUS, and the bytes moved. */
  outcome(): { status: number; count: number } {
    this.#underWay = false;
    return {
      status: this.#overlapped.readUInt32LE(STATUS_AT),
      count: Math.min(this.#overlapped.readUInt32LE(COUNT_AT), this.#data.length),
    };
  }

  /** Windows did not even begin it. */
  abandon(): void {
    this.#underWay = false;
  }

  /** The first bytes of the data; to be copied before the next request. */
  bytes(count: number): Uint8Array {
    return this.#data.subarray(0, count);
  }

  /** Copies as much as fits and gives its size. */
  fill(bytes: Uint8Array, offset: number): number {
    const part = bytes.subarray(offset, offset + this.#data.length);
    this.#data.set(part);
    return part.length;
  }
}
