/** A program's headers and the kernel's word on them, made by tests (getauxval(3), elf(5)). */

const ENTRY_BYTES = 16;
const HEADER_BYTES = 56;

/** As /proc/self/auxv has it: values by their kind. */
export function auxvOf(entries: Readonly<Record<number, number>>): Buffer {
  const pairs = [...Object.entries(entries), [0, 0]] as const;
  const auxv = Buffer.alloc(pairs.length * ENTRY_BYTES);
  for (const [index, pair] of pairs.entries()) {
    for (const [half, value] of pair.entries()) {
      auxv.writeBigUInt64LE(BigInt(value), index * ENTRY_BYTES + half * 8);
    }
  }
  return auxv;
}

/** Each header as its type, its address and its length in memory. */
export function headersOf(...headers: readonly (readonly [number, number, number])[]): Buffer {
  const bytes = Buffer.alloc(headers.length * HEADER_BYTES);
  for (const [index, [type, address, lengthBytes]] of headers.entries()) {
    bytes.writeUInt32LE(type, index * HEADER_BYTES);
    bytes.writeBigUInt64LE(BigInt(address), index * HEADER_BYTES + 16);
    bytes.writeBigUInt64LE(BigInt(lengthBytes), index * HEADER_BYTES + 40);
  }
  return bytes;
}
