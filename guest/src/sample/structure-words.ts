/** Reads the words of a structure that Windows filled in, where they are. */

/** For reading a structure in place; absent when it is too short. */
export function viewOf(bytes: Uint8Array, least: number): DataView | undefined {
  return bytes.length < least ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A 64-bit word, inexact beyond what a number holds. Without a BigInt, and short enough to be compiled in place: no sample leaves garbage. */
export function wordAt(words: DataView, offset: number): number {
  return words.getUint32(offset + 4, true) * 0x1_0000_0000 + words.getUint32(offset, true);
}
