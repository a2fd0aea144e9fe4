/** Finds a variable of an ELF executable by its name (System V ABI, "Object Files"); 64 bits, little-endian: every Linux target is. */
import { type FileHandle, open } from "node:fs/promises";
import { PackagingError } from "./targets.ts";

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const SYMBOL_TABLE = 2;

interface Section {
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** Writes `value` over the 32-bit variable `name`; throws a `PackagingError` unless there is exactly one, and it is `expected`. */
export async function setVariable(
  file: string,
  name: string,
  expected: number,
  value: number,
): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const offset = await offsetOf(handle, name);
    const now = (await bytesAt(handle, offset, 4)).readInt32LE();
    if (now !== expected) throw new PackagingError(`${name} in ${file} is ${now}, not ${expected}`);
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    await handle.write(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
}

/** Where in the file the variable's first value is. */
async function offsetOf(handle: FileHandle, name: string): Promise<number> {
  const sections = await readSections(handle);
  const table = sections.find(({ type }) => type === SYMBOL_TABLE);
  const names = table && sections[table.link];
  if (!table || !names) throw new PackagingError("the executable has no symbols: is it stripped already?");
  const nameAt = await namePosition(handle, names, name);
  const symbols = await bytesAt(handle, table.offset, table.size);
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    if (symbols.readUInt32LE(at) !== nameAt) continue;
    const section = sections[symbols.readUInt16LE(at + 6)];
    if (section) return section.offset + Number(symbols.readBigUInt64LE(at + 8)) - section.address;
  }
  throw new PackagingError(`no symbol of the executable is called ${name}`);
}

/** Where in the table of names the name stands, alone. */
async function namePosition(handle: FileHandle, names: Section, name: string): Promise<number> {
  const bytes = await bytesAt(handle, names.offset, names.size);
  const wanted = Buffer.from(`\0${name}\0`, "latin1");
  const at = bytes.indexOf(wanted);
  if (at < 0 || bytes.indexOf(wanted, at + 1) >= 0)
    throw new PackagingError(`the executable has not exactly one variable ${name}`);
  return at + 1;
}

async function readSections(handle: FileHandle): Promise<Section[]> {
  const header = await bytesAt(handle, 0, HEADER_BYTES);
  if (header.toString("latin1", 0, 4) !== "\x7fELF") throw new PackagingError("this is no ELF executable");
  const count = header.readUInt16LE(60);
  const bytes = await bytesAt(handle, Number(header.readBigUInt64LE(40)), count * SECTION_BYTES);
  return Array.from({ length: count }, (_, index) => sectionAt(bytes, index * SECTION_BYTES));
}

function sectionAt(bytes: Buffer, at: number): Section {
  return {
    type: bytes.readUInt32LE(at + 4),
    address: Number(bytes.readBigUInt64LE(at + 16)),
    offset: Number(bytes.readBigUInt64LE(at + 24)),
    size: Number(bytes.readBigUInt64LE(at + 32)),
    link: bytes.readUInt32LE(at + 40),
  };
}

async function bytesAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead < length) throw new PackagingError("the executable is cut short");
  return bytes;
}
