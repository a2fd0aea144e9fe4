import { describe, expect, it } from "vitest";
import { writeHandle } from "../../../../../guest/src/native/windows/text-and-pointers.ts";

describe("a handle", () => {
  it.each([7, 0xffff_fffe, 0x7fff_0000_0010, -1])("is written as 64 bits with their sign: %d", (handle) => {
    const buffer = Buffer.alloc(16);
    writeHandle(buffer, 8, handle);
    expect(buffer.readBigInt64LE(8)).toBe(BigInt(handle));
    expect(buffer.readBigInt64LE(0)).toBe(0n);
  });
});
