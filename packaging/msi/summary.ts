/**
 * The summary of a Windows package (the property set of MS-OLEPS in its stream SummaryInformation): wixl writes a random code and the time of
 * now into it. Here both become equal for equal contents, so that two builds make one file. Pure.
 */
import { createHash } from "node:crypto";
import { PackagingError } from "../../guest/packaging/targets.ts";

/** FMTID_SummaryInformation, {F29F85E0-4FF9-1068-AB91-08002B27B3D9}, as it is in a file. */
const FORMAT_ID = Buffer.from("e0859ff2f94f6810ab9108002b27b3d9", "hex");
/** Bytes of the property set before the format's identity. */
const HEADER_BYTES = 28;
/** PIDSI_REVNUMBER: the package code. PIDSI_CREATE_DTM and PIDSI_LASTSAVE_DTM. */
const CODE_ID = 9;
const TIME_IDS = [12, 13];
const VT_LPSTR = 30;
const VT_FILETIME = 64;
/** `{8-4-4-4-12}`. */
const CODE_LETTERS = 38;
/** From 1601, where Windows begins to count, to 1970. */
const EPOCH_SECONDS = 11_644_473_600n;
const TICKS_A_SECOND = 10_000_000n;

/** The package with `seconds` since 1970 as its time, and a code that follows from all that is in it. Throws a `PackagingError` if it is no package. */
export function withFixedSummary(packaged: Uint8Array, seconds: number): Uint8Array {
  const bytes = Buffer.from(packaged);
  const properties = propertiesOf(bytes);
  const ticks = (BigInt(seconds) + EPOCH_SECONDS) * TICKS_A_SECOND;
  for (const id of TIME_IDS) bytes.writeBigUInt64LE(ticks, placeOf(bytes, properties, id, VT_FILETIME));
  // After the length of the text.
  const code = placeOf(bytes, properties, CODE_ID, VT_LPSTR) + 4;
  bytes.fill(0, code, code + CODE_LETTERS);
  bytes.write(`{${guidOf(bytes)}}`, code, "latin1");
  return bytes;
}

/** Equal for equal bytes, in the form of a random one (RFC 9562, version 8). */
export function guidOf(content: Uint8Array | string): string {
  const hex = createHash("sha256").update(content).digest("hex").toUpperCase();
  const at = (from: number, to: number) => hex.slice(from, to);
  return `${at(0, 8)}-${at(8, 12)}-8${at(13, 16)}-8${at(17, 20)}-${at(20, 32)}`;
}

/** Where each property is, by its id. */
function propertiesOf(bytes: Buffer): ReadonlyMap<number, number> {
  const format = bytes.indexOf(FORMAT_ID);
  if (format < HEADER_BYTES) throw new PackagingError("wixl made a package without a summary");
  const section = format - HEADER_BYTES + bytes.readUInt32LE(format + FORMAT_ID.length);
  const count = bytes.readUInt32LE(section + 4);
  const entries = Array.from({ length: count }, (_, index) => section + 8 + index * 8);
  return new Map(entries.map((at) => [bytes.readUInt32LE(at), section + bytes.readUInt32LE(at + 4)]));
}

/** Where a property's value begins. */
function placeOf(bytes: Buffer, properties: ReadonlyMap<number, number>, id: number, type: number): number {
  const at = properties.get(id);
  if (at !== undefined && bytes.readUInt32LE(at) === type) return at + 4;
  throw new PackagingError(`the summary of wixl's package has no property ${id} of type ${type}`);
}
