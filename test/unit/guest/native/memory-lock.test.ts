/** What is locked in memory, as far as the system allows it. */
import { describe, expect, it } from "vitest";
import { type Locked, lockMemory } from "../../../../guest/src/native/memory-lock.ts";

const LIMIT = [8n << 20n, 64n << 20n];

/** A system that locks mappings or not, and everything only for those whom no limit binds. */
function system({ canLock = true, isPrivileged = true, knowsAll = true }) {
  const limit = new BigUint64Array(LIMIT);
  const calls: string[] = [];
  const libc = {
    getrlimit: (_: number, into: Uint8Array) => {
      into.set(new Uint8Array(limit.buffer));
      return 0;
    },
    setrlimit: (_: number, from: Uint8Array) => {
      new Uint8Array(limit.buffer).set(from);
      return 0;
    },
    mlockall: (flags: number) => {
      calls.push(`all ${flags}`);
      return knowsAll && (isPrivileged || limit[0] !== 0n) ? 0 : -1;
    },
    mlock2: () => {
      calls.push("mapping");
      return canLock ? 0 : -1;
    },
  };
  const lock = (withHeap: boolean): Locked => lockMemory(libc, withHeap);
  return { lock, calls, limit: () => [...limit] };
}

describe("memory", () => {
  it("is locked whole, now and later, as it is touched", () => {
    const { lock, calls } = system({});
    expect(lock(true)).toBe("all");
    expect(calls).toEqual(["all 7"]);
  });

  it("is locked but for the heap where V8 cannot give back what is locked", () => {
    const { lock, calls } = system({});
    expect(lock(false)).toBe("code");
    expect(new Set(calls)).toEqual(new Set(["mapping"]));
  });

  it.each([
    ["is only within a limit", { isPrivileged: false }],
    ["is impossible on an old kernel", { knowsAll: false }],
  ])("is locked but for the heap where locking all %s", (_, kind) => {
    expect(system(kind).lock(true)).toBe("code");
  });

  it("may be locked as much as before, whatever was found out", () => {
    for (const isPrivileged of [true, false]) {
      const { lock, limit } = system({ isPrivileged });
      lock(true);
      expect(limit()).toEqual(LIMIT);
    }
  });

  it("is not locked where nothing is allowed", () => {
    expect(system({ isPrivileged: false, canLock: false }).lock(true)).toBe("nothing");
  });
});
