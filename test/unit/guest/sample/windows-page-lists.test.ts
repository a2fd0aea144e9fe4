/** The lists of pages that Windows fills in, laid out by hand as 64-bit Windows does it. */
import { describe, expect, it } from "vitest";
import { MEMORY_LISTS_BYTES, memoryListsParser } from "../../../../guest/src/sample/windows-page-lists.ts";

/** The words 1, 2, 3… */
function counted(): Buffer {
  const buffer = Buffer.alloc(MEMORY_LISTS_BYTES);
  for (let index = 0; index < 21; index++) buffer.writeBigUInt64LE(BigInt(index + 1), index * 8);
  return buffer;
}

describe("page lists", () => {
  it("give standby and repurposed pages by priority", () => {
    expect(memoryListsParser(counted())()).toEqual({
      zeroedPages: 1,
      freePages: 2,
      modifiedPages: 3 + 4,
      standbyPages: [6, 7, 8, 9, 10, 11, 12, 13],
      repurposedPages: [14, 15, 16, 17, 18, 19, 20, 21],
    });
  });

  it("are filled in anew in the same object", () => {
    const buffer = counted();
    const parse = memoryListsParser(buffer);
    const before = parse();
    buffer.writeBigUInt64LE(99n, 40);
    expect(parse()).toBe(before);
    expect(before?.standbyPages).toEqual([99, 7, 8, 9, 10, 11, 12, 13]);
  });

  it("are absent when Windows gave only part of them, and when a number cannot be exact", () => {
    expect(memoryListsParser(Buffer.alloc(100))()).toBeUndefined();
    const buffer = counted();
    buffer.fill(0xff, 40, 48);
    expect(memoryListsParser(buffer)()).toBeUndefined();
  });
});
