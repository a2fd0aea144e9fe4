/** What Windows' memory calls fill in, laid out by hand as 64-bit Windows does it. */
import { describe, expect, it } from "vitest";
import {
  commitParser,
  memoryStatusParser,
  pagingParser,
  parseBootId,
  parsePageSize,
  parseProcessStatus,
  SYSTEM_PERFORMANCE_BYTES,
} from "../../../../guest/src/sample/windows-structures.ts";

const GIB = 1024 ** 3;

function words(bytes: number, at: Readonly<Record<number, number>>): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (const [offset, value] of Object.entries(at)) buffer.writeBigUInt64LE(BigInt(value), Number(offset));
  return buffer;
}

function halves(bytes: number, at: Readonly<Record<number, number>>): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (const [offset, value] of Object.entries(at)) buffer.writeUInt32LE(value, Number(offset));
  return buffer;
}

describe("physical memory", () => {
  it("is total and available in bytes, beyond 32 bits too", () => {
    const status = words(64, { 8: 64 * GIB, 16: 48 * GIB });
    expect(memoryStatusParser(status)()).toEqual({ totalBytes: 64 * GIB, availableBytes: 48 * GIB });
  });

  it("keeps 0 available, which is a fact, and drops a total of 0, which is not", () => {
    expect(memoryStatusParser(words(64, {}))()).toEqual({ availableBytes: 0 });
  });

  it("shows what the buffer holds now in the object that it showed before", () => {
    const status = words(64, { 8: 64 * GIB, 16: 48 * GIB });
    const parse = memoryStatusParser(status);
    const before = parse();
    status.writeBigUInt64LE(BigInt(47 * GIB), 16);
    expect(parse()).toBe(before);
    expect(before.availableBytes).toBe(47 * GIB);
  });

  it("is absent from a buffer that is too short, and where a number cannot be exact", () => {
    expect(memoryStatusParser(Buffer.alloc(10))()).toEqual({});
    const absurd = Buffer.alloc(64, 0xff);
    expect(memoryStatusParser(absurd)()).toEqual({});
  });
});

describe("commit", () => {
  it("is counted in pages of the size given beside it", () => {
    const info = words(104, { 8: 1000, 16: 4000, 80: 4096 });
    expect(commitParser(info)()).toEqual({ committedBytes: 1000 * 4096, commitLimitBytes: 4000 * 4096 });
    expect(parsePageSize(info)).toBe(4096);
  });

  it("is absent without a page size that can be", () => {
    expect(commitParser(words(104, { 8: 1000, 16: 4000 }))()).toEqual({});
    expect(commitParser(words(104, { 8: 1000, 16: 4000, 80: 5000 }))()).toEqual({});
  });
});

describe("paging", () => {
  it("tells pages read, hard faults and pages written apart", () => {
    const info = halves(SYSTEM_PERFORMANCE_BYTES, { 80: 700, 84: 90, 96: 30 });
    expect(pagingParser(info)()).toEqual({ readPages: 700, hardFaults: 90, writtenPages: 30 });
  });

  it("takes the highest bit for a number, not for a sign", () => {
    const info = halves(SYSTEM_PERFORMANCE_BYTES, { 80: 0xffff_fffe });
    expect(pagingParser(info)().readPages).toBe(0xffff_fffe);
  });
});

describe("the boot id", () => {
  it("stays when the clock is set", () => {
    const before = words(48, { 0: 133_000_000_000_000_000 });
    const after = words(48, { 0: 133_000_000_600_000_000, 32: 600_000_000 });
    expect(parseBootId(before)).toMatch(/^[0-9a-f]{16}$/);
    expect(parseBootId(after)).toBe(parseBootId(before));
  });

  it("is absent when Windows does not tell", () => {
    expect(parseBootId(Buffer.alloc(48))).toBeUndefined();
    expect(parseBootId(Buffer.alloc(8))).toBeUndefined();
  });
});

describe("the agent's own memory", () => {
  it("is private bytes and working set", () => {
    const counters = words(80, { 16: 50_000_000, 72: 12_000_000 });
    expect(parseProcessStatus(counters)).toEqual({ workingSetBytes: 50_000_000, privateBytes: 12_000_000 });
  });

  it("is absent where it was left out", () => {
    expect(parseProcessStatus(words(80, { 16: 50_000_000 }))).toEqual({ workingSetBytes: 50_000_000 });
  });
});
