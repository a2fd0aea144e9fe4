/** Arguments as Windows' functions take them. */
import type { Koffi, KoffiPointer } from "../koffi.ts";

const HALF = 0x1_0000_0000;

/** UTF-16, ended by a zero. */
export function wideText(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

/** Writes the address of `to` into a structure; the caller keeps `to` alive for as long as Windows may look there. */
export function writePointer(
  koffi: Koffi,
  into: Buffer,
  offset: number,
  to: KoffiPointer | Uint8Array,
): void {
  into.writeBigUInt64LE(BigInt(koffi.address(to)), offset);
}

/** Writes a HANDLE, 64 bits with their sign, without a BigInt: waits begin often. */
export function writeHandle(into: Buffer, offset: number, handle: number): void {
  into.writeInt32LE(handle | 0, offset);
  into.writeInt32LE(Math.floor(handle / HALF), offset + 4);
}
