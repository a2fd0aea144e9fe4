/** Finds parts of the running program in its memory (getauxval(3), elf(5)); 64 bits, little-endian: every target is. */

export interface MemoryRange {
  readonly startAddress: number;
  readonly lengthBytes: number;
}

export interface OwnProgram {
  /** The program's headers, as the kernel put them into memory. */
  readonly headers: MemoryRange;
  readonly pageBytes: number;
}

/** linux/auxvec.h */
const AT_PHDR = 3;
const AT_PHNUM = 5;
const AT_PAGESZ = 6;
const AUXV_ENTRY_BYTES = 16;
/** Of an Elf64_Phdr: its length, and where its type, address and length in memory are. */
const HEADER_BYTES = 56;
const ADDRESS_AT = 16;
const LENGTH_AT = 40;
const PT_PHDR = 6;
const PT_GNU_RELRO = 0x6474e552;

/** From the contents of /proc/self/auxv; absent when they do not tell. */
export function parseAuxv(auxv: Buffer): OwnProgram | undefined {
  let [startAddress, count, pageBytes] = [0, 0, 0];
  for (let at = 0; at + AUXV_ENTRY_BYTES <= auxv.length; at += AUXV_ENTRY_BYTES) {
    const kind = numberAt(auxv, at);
    const value = numberAt(auxv, at + 8);
    if (kind === AT_PHDR) startAddress = value;
    else if (kind === AT_PHNUM) count = value;
    else if (kind === AT_PAGESZ) pageBytes = value;
  }
  if (startAddress === 0 || count === 0 || pageBytes === 0) return undefined;
  return { headers: { startAddress, lengthBytes: count * HEADER_BYTES }, pageBytes };
}

/**
 * The whole pages that the dynamic linker fills with addresses and then makes read-only; `headers` is what lies at the program's headers. Absent
 * when there are none.
 */
export function sealedPages(
  headers: Buffer,
  { headers: { startAddress }, pageBytes }: OwnProgram,
): MemoryRange | undefined {
  let [loadedAt, sealed, end] = [Number.NaN, Number.NaN, Number.NaN];
  for (let at = 0; at + HEADER_BYTES <= headers.length; at += HEADER_BYTES) {
    const type = headers.readUInt32LE(at);
    const address = numberAt(headers, at + ADDRESS_AT);
    if (type === PT_PHDR) loadedAt = startAddress - address;
    if (type === PT_GNU_RELRO) [sealed, end] = [address, address + numberAt(headers, at + LENGTH_AT)];
  }
  const range = { startAddress: loadedAt + sealed, lengthBytes: 0 };
  range.lengthBytes = Math.floor((loadedAt + end) / pageBytes) * pageBytes - range.startAddress;
  return range.lengthBytes > 0 ? range : undefined;
}

function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
