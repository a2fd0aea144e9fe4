/** Arguments as Windows' functions take them. */
import type { Koffi, KoffiPointer } from "../koffi.ts";

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
