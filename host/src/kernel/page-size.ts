/** The kernel's page size from a process's auxiliary vector (getauxval(3)); pure. */

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;
const USUAL_PAGE_BYTES = 4096;

/** Reads `/proc/self/auxv` of a 64-bit little-endian machine; 4096 where it tells nothing. */
export function parsePageBytes(auxv: Buffer): number {
  for (let at = 0; at + ENTRY_BYTES <= auxv.length; at += ENTRY_BYTES) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return USUAL_PAGE_BYTES;
}
