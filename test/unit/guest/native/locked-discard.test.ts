/** Leading the program's calls of madvise to instructions that ask for what the kernel grants, or leaving everything as it was. */
import { describe, expect, it } from "vitest";
import { discardLocked } from "../../../../guest/src/native/locked-discard.ts";
import { FakeProcessMemory, FRESH_AT, MADVISE_AT, TABLE_AT } from "../../../fakes/fake-process-memory.ts";

const [READ, READ_EXEC] = [1, 5];
const WORD = 7;

function wordOf({ table }: FakeProcessMemory): number {
  return Number(table.bytes.readBigUInt64LE(WORD * 8));
}

describe("the program's calls of madvise", () => {
  it.each([
    ["x64", 12, "83fa047505ba1800000048b8"],
    ["arm64", 24, "5f10007141000054020380527000005800021fd61f2003d5"],
  ] as const)("are led to instructions for %s that go on to the C library", (processor, addressAt, code) => {
    const memory = new FakeProcessMemory([WORD]);
    expect(discardLocked(memory, processor)).toBe(true);
    expect(wordOf(memory)).toBe(FRESH_AT);
    expect(memory.fresh.bytes.toString("hex", 0, addressAt)).toBe(code);
    expect(Number(memory.fresh.bytes.readBigUInt64LE(addressAt))).toBe(MADVISE_AT);
  });

  it("go there through a page that is read-only again, to one that nobody can write to", () => {
    const memory = new FakeProcessMemory([WORD]);
    discardLocked(memory, "x64");
    expect([memory.protections.get(TABLE_AT), memory.protections.get(FRESH_AT)]).toEqual([READ, READ_EXEC]);
  });

  it.each([
    ["the kernel does not know the advice", { answer: -1, done: false }, [WORD], "x64"],
    ["an emulator agrees and does nothing", { answer: 0, done: false }, [WORD], "x64"],
    ["no word of the program's leads to madvise", { answer: 0, done: true }, [], "x64"],
    ["two do, of which either may be used", { answer: 0, done: true }, [WORD, 9], "x64"],
    ["the processor is another", { answer: 0, done: true }, [WORD], "riscv64"],
  ] as const)("stay as they are where %s", (_, discards, words, processor) => {
    const memory = new FakeProcessMemory(words);
    memory.discards = discards;
    const before = Buffer.from(memory.table.bytes);
    expect(discardLocked(memory, processor)).toBe(false);
    expect(memory.table.bytes).toEqual(before);
  });
});
