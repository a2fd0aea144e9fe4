/** Which users can read a file of Windows: its owner and its list of access rights, as one self-relative SECURITY_DESCRIPTOR (winnt.h). */

/** SIDs of the system itself, administrators, and the file's owner: a secret is safe with them. */
const TRUSTED = new Set(["S-1-5-18", "S-1-5-32-544", "S-1-3-4"]);

const OWNER_AT = 4;
const DACL_AT = 16;
const DESCRIPTOR_BYTES = 20;
const LIST_HEADER_BYTES = 8;
const LIST_COUNT_AT = 4;
const ENTRY_SIZE_AT = 2;
const ENTRY_MASK_AT = 4;
const ENTRY_SID_AT = 8;
const SID_AUTHORITY_AT = 2;
const SID_PARTS_AT = 8;
const SID_PART_BYTES = 4;
/** ACCESS_ALLOWED_ACE_TYPE, and the same with a condition. */
const ALLOWING_TYPES: readonly number[] = [0, 9];
/** INHERIT_ONLY_ACE: says nothing about this file. */
const INHERIT_ONLY = 8;
/** FILE_READ_DATA, FILE_WRITE_DATA, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE, GENERIC_READ. */
const READS_OR_WRITES = [0x1, 0x2, 0x4_0000, 0x8_0000, 0x1000_0000, 0x4000_0000, 0x8000_0000];

/** SIDs of others that may read or change the file; `everybody` where nothing restricts access. Throws a RangeError for a cut descriptor. */
export function otherReaders(untrustedDescriptor: Buffer): string[] | "everybody" {
  const listAt = untrustedDescriptor.readUInt32LE(DACL_AT);
  if (listAt < DESCRIPTOR_BYTES) return "everybody";
  const ownerAt = untrustedDescriptor.readUInt32LE(OWNER_AT);
  const owner = ownerAt === 0 ? undefined : readSid(untrustedDescriptor, ownerAt);
  const sids = allowedSids(untrustedDescriptor, listAt);
  return [...new Set(sids.filter((sid) => sid !== owner && !TRUSTED.has(sid)))];
}

function allowedSids(descriptor: Buffer, listAt: number): string[] {
  const sids: string[] = [];
  let at = listAt + LIST_HEADER_BYTES;
  for (let left = descriptor.readUInt16LE(listAt + LIST_COUNT_AT); left > 0; left--) {
    const [type, flags] = [descriptor.readUInt8(at), descriptor.readUInt8(at + 1)];
    const mask = descriptor.readUInt32LE(at + ENTRY_MASK_AT);
    const isGrant = ALLOWING_TYPES.includes(type) && (flags & INHERIT_ONLY) === 0;
    if (isGrant && READS_OR_WRITES.some((right) => (mask & right) !== 0))
      sids.push(readSid(descriptor, at + ENTRY_SID_AT));
    at += Math.max(ENTRY_SID_AT, descriptor.readUInt16LE(at + ENTRY_SIZE_AT));
  }
  return sids;
}

/** As Windows writes it: S-1-5-32-544. */
function readSid(descriptor: Buffer, at: number): string {
  const count = descriptor.readUInt8(at + 1);
  const authority = descriptor.readUIntBE(at + SID_AUTHORITY_AT, 6);
  const parts = Array.from({ length: count }, (_, i) =>
    descriptor.readUInt32LE(at + SID_PARTS_AT + i * SID_PART_BYTES),
  );
  return ["S", descriptor.readUInt8(at), authority, ...parts].join("-");
}
