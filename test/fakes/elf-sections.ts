/** Reads sections of an ELF executable (System V ABI, "Sections"); 64 bits, little-endian, as every Linux target is. */
import { readFileSync } from "node:fs";

const HEADER_BYTES = 64;

/** The contents of the executable's sections, by their names. */
export function elfSections(file: string): ReadonlyMap<string, Buffer> {
  const bytes = readFileSync(file);
  const headersAt = Number(bytes.readBigUInt64LE(40));
  const headers = Array.from({ length: bytes.readUInt16LE(60) }, (_, index) => {
    const at = headersAt + index * HEADER_BYTES;
    const startAt = Number(bytes.readBigUInt64LE(at + 24));
    const lengthBytes = Number(bytes.readBigUInt64LE(at + 32));
    return { nameAt: bytes.readUInt32LE(at), content: bytes.subarray(startAt, startAt + lengthBytes) };
  });
  const names = headers[bytes.readUInt16LE(62)]?.content ?? Buffer.alloc(0);
  return new Map(
    headers.map(({ nameAt, content }) => [
      names.toString("latin1", nameAt, names.indexOf(0, nameAt)),
      content,
    ]),
  );
}
