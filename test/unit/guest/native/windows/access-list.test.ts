/** Who may read a file of Windows, from its security descriptor. */
import { describe, expect, it } from "vitest";
import { otherReaders } from "../../../../../guest/src/native/windows/access-list.ts";

const READ = 0x12_0089;
const EXECUTE = 0x20;
const [ALLOW, DENY, ALLOW_IF] = [0, 1, 9];
const INHERIT_ONLY = 8;
const SYSTEM = [5, 18];
const ADMINISTRATORS = [5, 32, 544];
const USERS = [5, 32, 545];
const EVERYONE = [1, 0];
const OWNER = [5, 21, 1, 2, 3, 1001];

interface Entry {
  readonly sid: readonly number[];
  readonly type?: number;
  readonly flags?: number;
  readonly mask?: number;
}

function sidBytes([authority = 0, ...parts]: readonly number[]): Buffer {
  const sid = Buffer.alloc(8 + 4 * parts.length);
  sid.writeUInt8(1, 0);
  sid.writeUInt8(parts.length, 1);
  sid.writeUIntBE(authority, 2, 6);
  for (const [i, part] of parts.entries()) sid.writeUInt32LE(part, 8 + 4 * i);
  return sid;
}

/** A self-relative descriptor of a file of `OWNER`. */
function descriptorOf(entries: readonly Entry[]): Buffer {
  const owner = sidBytes(OWNER);
  const aces = entries.map(({ sid, type = ALLOW, flags = 0, mask = READ }) => {
    const bytes = sidBytes(sid);
    const head = Buffer.alloc(8);
    head.writeUInt8(type, 0);
    head.writeUInt8(flags, 1);
    head.writeUInt16LE(8 + bytes.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, bytes]);
  });
  const list = Buffer.alloc(8);
  list.writeUInt16LE(entries.length, 4);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + owner.length, 16);
  return Buffer.concat([head, owner, list, ...aces]);
}

describe("a file with a secret", () => {
  it("is safe with the system, administrators and its owner", () => {
    const entries = [{ sid: SYSTEM }, { sid: ADMINISTRATORS }, { sid: OWNER }];
    expect(otherReaders(descriptorOf(entries))).toEqual([]);
  });

  it("is not safe with other users, and names them", () => {
    const entries = [{ sid: SYSTEM }, { sid: USERS }, { sid: EVERYONE, type: ALLOW_IF }];
    expect(otherReaders(descriptorOf(entries))).toEqual(["S-1-5-32-545", "S-1-1-0"]);
  });

  it.each([
    ["an entry that denies", { sid: USERS, type: DENY }],
    ["an entry for files to come", { sid: USERS, flags: INHERIT_ONLY }],
    ["a right to run it", { sid: USERS, mask: EXECUTE }],
  ])("is not opened to others by %s", (_, entry) => {
    expect(otherReaders(descriptorOf([entry]))).toEqual([]);
  });

  it("is not safe with users that can change it or its rights", () => {
    for (const mask of [0x2, 0x4_0000, 0x8_0000, 0x1000_0000])
      expect(otherReaders(descriptorOf([{ sid: USERS, mask }]))).toEqual(["S-1-5-32-545"]);
  });

  it("is open to all users where there is no list", () => {
    const descriptor = descriptorOf([]);
    descriptor.writeUInt32LE(0, 16);
    expect(otherReaders(descriptor)).toBe("everybody");
  });
});
