import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { burstHeightBytes, isUseKnown, learnUse } from "../../../../../host/src/policy/learn/use-history.ts";
import type { UseMemory } from "../../../../../host/src/policy/memory.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What is remembered after such figures of use, in MiB; kills are counted since boot. */
function seen(...ticks: readonly [atMs: number, mib: number, kills?: number][]): UseMemory {
  return ticks.reduce<UseMemory | undefined>((memory, [atMs, mib, oomKillsTotal]) => {
    const use = { usedBytes: mib * MIB, ...(oomKillsTotal !== undefined && { oomKillsTotal }) };
    return learnUse(memory, use, atMs);
  }, undefined) as UseMemory;
}

describe("the largest burst of a guest", () => {
  it("is how far its use rose above what it uses at rest", () => {
    const memory = seen([0, 1000], [1_000, 3400], [10_000, 1000]);
    expect(burstHeightBytes(memory) / MIB).toBeCloseTo(3400, 0);
  });

  it("is not forgotten, and stands on what the guest uses at rest by then", () => {
    const memory = seen([0, 1000], [1_000, 3400], [2_000, 2000], [DAY_MS, 2000]);
    expect(burstHeightBytes(memory) / MIB).toBeCloseTo(2000 + 2400, 0);
  });

  it("stands on a rest that comes half of the way to what the guest uses in ten minutes, and falls at once", () => {
    const risen = seen([0, 1000], [10 * MINUTE_MS, 3000]);
    expect(risen.restBytes / MIB).toBeCloseTo(2000, 0);
    expect(burstHeightBytes(risen) / MIB).toBeCloseTo(2000 + 2000, 0);
    expect(seen([0, 1000], [10 * MINUTE_MS, 3000], [10 * MINUTE_MS + 1, 500]).restBytes).toBe(500 * MIB);
  });

  it("does not grow with use that rises over hours", () => {
    const hours = Array.from({ length: 100 }, (_, i): [number, number] => [
      i * 15 * MINUTE_MS,
      1000 + i * 20,
    ]);
    expect(seen(...hours).burstBytes).toBeLessThan(60 * MIB);
  });
});

describe("what a guest may do", () => {
  it("is known after a day", () => {
    expect(isUseKnown(undefined, 0)).toBe(false);
    expect(isUseKnown(seen([0, 1000]), DAY_MS - 1)).toBe(false);
    expect(isUseKnown(seen([0, 1000]), DAY_MS)).toBe(true);
  });

  it("is unknown again after its OOM killer killed: that burst was larger than what was seen of it", () => {
    expect(isUseKnown(seen([0, 1000, 2], [DAY_MS, 1000, 2]), DAY_MS)).toBe(true);
    expect(isUseKnown(seen([0, 1000, 2], [DAY_MS, 1000, 3]), DAY_MS)).toBe(false);
  });
});
