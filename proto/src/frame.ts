/**
 * The frame that carries one envelope on a byte stream. All integers are big-endian.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 2 | magic 0xF7 0x4D: the first byte never occurs in UTF-8, so text cannot start a frame |
 * | 2 | 1 | frame version = 1 |
 * | 3 | 1 | flags = 0 |
 * | 4 | 4 | payload length, at most 65536 |
 * | 8 | 4 | CRC-32 over bytes 0..7 and the payload |
 * | 12 | n | payload |
 */
import { crc32 } from "./crc32.ts";

export const FRAME_MAGIC = Uint8Array.of(0xf7, 0x4d);
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 12;
export const MAX_PAYLOAD_BYTES = 65_536;
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_PAYLOAD_BYTES;

const LENGTH_OFFSET = 4;
const CRC_OFFSET = 8;

/** What stands at the beginning of `bytes`; `damaged` means that no frame starts there. */
export type FrameProbe =
  | { readonly kind: "frame"; readonly frameBytes: number }
  | { readonly kind: "incomplete" }
  | { readonly kind: "damaged"; readonly checkedBytes: number };

/** Puts `payload` into a frame. Throws a RangeError for a payload above `MAX_PAYLOAD_BYTES`. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_PAYLOAD_BYTES)
    throw new RangeError(`payload of ${payload.length} bytes exceeds ${MAX_PAYLOAD_BYTES}`);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  frame.set(FRAME_MAGIC);
  frame[2] = FRAME_VERSION;
  view.setUint32(LENGTH_OFFSET, payload.length);
  view.setUint32(CRC_OFFSET, crc32(payload, crc32(frame.subarray(0, CRC_OFFSET))));
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** Looks for a whole frame at `offset`; a header that is already wrong is `damaged` before it is complete. */
export function probeFrame(untrustedBytes: Buffer, offset: number): FrameProbe {
  const available = untrustedBytes.length - offset;
  for (let index = 0; index < PREFIX.length && index < available; index++)
    if (untrustedBytes[offset + index] !== PREFIX[index]) return DAMAGED_HEADER;
  if (available < FRAME_HEADER_BYTES) return INCOMPLETE;
  const payloadBytes = untrustedBytes.readUInt32BE(offset + LENGTH_OFFSET);
  if (payloadBytes > MAX_PAYLOAD_BYTES) return DAMAGED_HEADER;
  const frameBytes = FRAME_HEADER_BYTES + payloadBytes;
  if (available < frameBytes) return INCOMPLETE;
  const headerCrc = crc32(untrustedBytes.subarray(offset, offset + CRC_OFFSET));
  const payload = untrustedBytes.subarray(offset + FRAME_HEADER_BYTES, offset + frameBytes);
  if (crc32(payload, headerCrc) !== untrustedBytes.readUInt32BE(offset + CRC_OFFSET))
    return { kind: "damaged", checkedBytes: frameBytes };
  return { kind: "frame", frameBytes };
}

const PREFIX = Uint8Array.of(...FRAME_MAGIC, FRAME_VERSION, 0);
const INCOMPLETE: FrameProbe = { kind: "incomplete" };
const DAMAGED_HEADER: FrameProbe = { kind: "damaged", checkedBytes: 0 };
