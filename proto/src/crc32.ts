/** CRC-32 as in zlib and IEEE 802.3 (reflected polynomial 0xEDB88320). */
import * as zlib from "node:zlib";

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 without zlib; `previous` is the checksum of what came before. */
export function tableCrc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** CRC-32 of `bytes`, continuing from `previous`. Node brings it from 20.15 on. */
export const crc32: (bytes: Uint8Array, previous?: number) => number = zlib.crc32 ?? tableCrc32;
