/** Which memory of the agent is dropped after the start, and which is locked. */
import { describe, expect, it } from "vitest";
import { CodeMemory } from "../../../../guest/src/native/memory-lock.ts";

const MAPS = `00400000-00500000 r--p 00000000 fe:00 2146953 /usr/local/bin/ballast-agent
10000000-10801000 r-xp 00100000 fe:00 2146953 /usr/local/bin/ballast-agent
01000000-01200000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000100000 r-xp 00000000 fe:00 339380 /usr/lib/libc.so.6
`;
const MAPPED_AT = [0x400000, 0x10000000, 0x7f0000000000];
const CODE_AT = 0x10000000;
const CODE_BYTES = 0x801000;
const PIECE_BYTES = 16 * 1024;
const [RANDOM, DONTDUMP, PAGEOUT, DONTNEED, ONFAULT] = [1, 16, 21, 4, 1];

/** A system that writes down what it is told; `answer` is what it says. */
function system(answer = 0) {
  const calls: (string | number)[][] = [];
  const told = (...call: (string | number)[]) => {
    calls.push(call);
    return answer;
  };
  return {
    calls,
    named: (...names: string[]) => calls.filter(([name]) => names.includes(String(name))),
    madvise: (address: number, lengthBytes: number, advice: number) =>
      advice === DONTDUMP ? told("cut", address, lengthBytes) : told("madvise", address, advice),
    fadvise: (_fd: number, offset: number, lengthBytes: number, advice: number) =>
      told("fadvise", offset, lengthBytes, advice),
    mlock2: (address: number, _lengthBytes: number, flags: number) => told("mlock2", address, flags),
    munlock: (address: number) => told("munlock", address),
    mallocTrim: () => {},
  };
}

describe("code that only the start needed", () => {
  it("is dropped after read-ahead is off for all of it, and then what no page table holds", () => {
    const memory = system();
    new CodeMemory(memory, () => MAPS).drop();
    expect(memory.named("madvise", "fadvise")).toEqual([
      ...MAPPED_AT.map((at) => ["madvise", at, RANDOM]),
      ...MAPPED_AT.map((at) => ["madvise", at, PAGEOUT]),
      ["fadvise", 0, 0, DONTNEED],
    ]);
  });

  it("lies in pieces, each a mapping of its own, beyond which no fault maps anything", () => {
    const memory = system();
    new CodeMemory(memory, () => MAPS).drop();
    const cuts = memory.named("cut");
    expect(cuts[0]).toEqual(["cut", CODE_AT, PIECE_BYTES]);
    expect(cuts[1]).toEqual(["cut", CODE_AT + 2 * PIECE_BYTES, PIECE_BYTES]);
    expect(cuts.at(-1)).toEqual(["cut", CODE_AT + CODE_BYTES - 4096, 4096]);
    expect(cuts).toHaveLength(Math.ceil(CODE_BYTES / (2 * PIECE_BYTES)));
  });

  it("is dropped once more when the start is over: unlocked, dropped, warmed up, locked", () => {
    const memory = system();
    const code = new CodeMemory(memory, () => MAPS);
    code.settle(() => void memory.calls.push(["warm up"]));
    expect(memory.calls).toEqual([
      ...MAPPED_AT.map((at) => ["munlock", at]),
      ...MAPPED_AT.map((at) => ["madvise", at, PAGEOUT]),
      ["fadvise", 0, 0, DONTNEED],
      ["warm up"],
      ...MAPPED_AT.map((at) => ["mlock2", at, ONFAULT]),
    ]);
  });

  it("stays where the system refuses, or does not tell what there is", () => {
    expect(() => new CodeMemory(system(-1), () => MAPS).drop()).not.toThrow();
    const refuse = () => {
      throw new Error("there is no /proc");
    };
    expect(() => new CodeMemory(system(), refuse).drop()).not.toThrow();
  });
});

describe("code", () => {
  it("is locked as it is touched, and the heap is not", () => {
    const memory = system();
    expect(new CodeMemory(memory, () => MAPS).lock()).toBe(true);
    expect(memory.calls).toEqual(MAPPED_AT.map((at) => ["mlock2", at, ONFAULT]));
  });

  it("is not locked where the system allows none of it", () => {
    expect(new CodeMemory(system(-1), () => MAPS).lock()).toBe(false);
  });
});
