/** libvirt's messages on a byte stream: a length, a header, a payload (`src/rpc/virnetprotocol.x`). Pure; bounded in what it keeps. */
import { LibvirtProtocolError } from "./errors.ts";
import { type MessageHeader, messageHeader } from "./wire.ts";

const LENGTH_BYTES = 4;
const HEADER_BYTES = 24;
const PREFIX_BYTES = LENGTH_BYTES + HEADER_BYTES;
/** `VIR_NET_MESSAGE_MAX` and the length: no libvirt sends more. */
const LONGEST_BYTES = 32 * 1024 * 1024 + LENGTH_BYTES;
/** What is kept of one: a list of 16,384 domains, or an XML of 1 MiB, is less. What is longer is skipped, and only its call fails. */
export const MOST_BYTES = 2 * 1024 * 1024;

export interface Frame {
  readonly header: MessageHeader;
  /** Absent: it was longer than {@link MOST_BYTES} and not kept. */
  readonly payload?: Uint8Array;
}

/** One message, ready to be written. */
export function encodeFrame(header: MessageHeader, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(0, frame.length);
  frame.set(messageHeader.encode(header), LENGTH_BYTES);
  frame.set(payload, PREFIX_BYTES);
  return frame;
}

/** Cuts a stream into messages. After a `LibvirtProtocolError` the stream is lost. */
export class FrameReader {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  /** Bytes of a message that is too long to be kept. */
  #skip = 0;

  /** Whether a message has begun that is not complete. */
  get isPartial(): boolean {
    return this.#bytes > 0 || this.#skip > 0;
  }

  /** Takes what arrived and gives the messages that are complete with it. */
  *push(chunk: Uint8Array): Generator<Frame> {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped < chunk.length) this.#keep(chunk.subarray(skipped));
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) yield frame;
  }

  #keep(chunk: Uint8Array): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
  }

  #next(): Frame | undefined {
    if (this.#bytes < PREFIX_BYTES) return undefined;
    const prefix = this.#peek(PREFIX_BYTES);
    const lengthBytes = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0);
    if (lengthBytes < PREFIX_BYTES || lengthBytes > LONGEST_BYTES)
      throw new LibvirtProtocolError(`a message of ${lengthBytes} bytes`);
    const header = messageHeader.decode(prefix.subarray(LENGTH_BYTES));
    if (lengthBytes > MOST_BYTES) {
      const here = Math.min(this.#bytes, lengthBytes);
      this.#take(here);
      this.#skip = lengthBytes - here;
      return { header };
    }
    if (this.#bytes < lengthBytes) return undefined;
    return { header, payload: this.#take(lengthBytes).subarray(PREFIX_BYTES) };
  }

  /** The first `count` bytes, in one piece. */
  #peek(count: number): Uint8Array {
    const [first] = this.#parts;
    if (first === undefined || first.length < count) this.#parts = [Buffer.concat(this.#parts)];
    return (this.#parts[0] ?? new Uint8Array()).subarray(0, count);
  }

  #take(count: number): Uint8Array {
    const taken = this.#peek(count);
    const rest = (this.#parts[0] ?? new Uint8Array()).subarray(count);
    this.#parts.splice(0, 1, ...(rest.length > 0 ? [rest] : []));
    this.#bytes -= count;
    return taken;
  }
}
