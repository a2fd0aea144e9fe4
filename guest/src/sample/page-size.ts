/** The kernel's page size, which Node does not tell: taken from the process's auxiliary vector (getauxval(3)). */

export const DEFAULT_PAGE_SIZE_BYTES = 4096;

const AT_PAGESZ = 6n;
const WORD_BYTES = 8;

/** Reads /proc/self/auxv of a 64-bit little-endian process; absent when it does not hold a sensible page size. */
export function pageSizeFromAuxv(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 2 * WORD_BYTES <= view.byteLength; at += 2 * WORD_BYTES) {
    if (view.getBigUint64(at, true) !== AT_PAGESZ) continue;
    const size = Number(view.getBigUint64(at + WORD_BYTES, true));
    return size >= 4096 && size <= 1 << 20 && (size & (size - 1)) === 0 ? size : undefined;
  }
  return undefined;
}
