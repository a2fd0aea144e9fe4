/** Which memory of the agent is dropped after the start, and which is locked. */
import { describe, expect, it } from "vitest";
import { dropColdCode, lockCode } from "../../../../guest/src/native/memory-lock.ts";

const MAPS = `00400000-00500000 r-xp 00000000 fe:00 2146953 /usr/local/bin/ballast-agent
01000000-01200000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000100000 r-xp 00000000 fe:00 339380 /usr/lib/libc.so.6
`;
const [PROGRAM_AT, LIBRARY_AT] = [0x400000, 0x7f0000000000];
const [RANDOM, PAGEOUT, DONTNEED, ONFAULT] = [1, 21, 4, 1];

/** A system that writes down what it is told; `answer` is what it says. */
function system(answer = 0) {
  const calls: (readonly [string, ...number[]])[] = [];
  return {
    calls,
    madvise: (address: number, _lengthBytes: number, advice: number) => {
      calls.push(["madvise", address, advice]);
      return answer;
    },
    fadvise: (_fd: number, offset: number, lengthBytes: number, advice: number) => {
      calls.push(["fadvise", offset, lengthBytes, advice]);
      return answer;
    },
    mlock2: (address: number, _lengthBytes: number, flags: number) => {
      calls.push(["mlock2", address, flags]);
      return answer;
    },
  };
}

describe("code that only the start needed", () => {
  it("is dropped after read-ahead is off for all of it, and then what no page table holds", () => {
    const memory = system();
    dropColdCode(memory, () => MAPS);
    expect(memory.calls).toEqual([
      ["madvise", PROGRAM_AT, RANDOM],
      ["madvise", LIBRARY_AT, RANDOM],
      ["madvise", PROGRAM_AT, PAGEOUT],
      ["madvise", LIBRARY_AT, PAGEOUT],
      ["fadvise", 0, 0, DONTNEED],
    ]);
  });

  it("stays where the system refuses, or does not tell what there is", () => {
    expect(() => dropColdCode(system(-1), () => MAPS)).not.toThrow();
    const refuse = () => {
      throw new Error("there is no /proc");
    };
    expect(() => dropColdCode(system(), refuse)).not.toThrow();
  });
});

describe("code", () => {
  it("is locked as it is touched, and the heap is not", () => {
    const memory = system();
    expect(lockCode(memory, () => MAPS)).toBe(true);
    expect(memory.calls).toEqual([
      ["mlock2", PROGRAM_AT, ONFAULT],
      ["mlock2", LIBRARY_AT, ONFAULT],
    ]);
  });

  it("is not locked where the system allows none of it", () => {
    expect(lockCode(system(-1), () => MAPS)).toBe(false);
  });
});
