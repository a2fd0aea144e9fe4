import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import type { Plan } from "../../../../../host/src/model/plan.ts";
import type { Snapshot } from "../../../../../host/src/model/snapshot.ts";
import { decide } from "../../../../../host/src/policy/decide.ts";
import { emptyMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

const AUTO = settingsFor(0, {
  budget: { kind: "auto" },
  reserve: { kind: "auto" },
  accounting: "resident",
});

/** Twenty guests of 4 GiB that hold 3.6 GiB each and use half of that, on 64 GiB. */
function denseHost(availableGib: number, savedGib: number): Snapshot {
  const guests = Array.from({ length: 20 }, (_, i) =>
    aGuest({
      name: `g${i}`,
      maxMib: 4096,
      availableMib: 2300,
      facts: { processMemory: { residentBytes: 3.6 * GIB, swappedBytes: 0 } },
    }),
  );
  const ksm = { run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: savedGib * GIB };
  return {
    nowMs: NOW,
    host: aHost({ totalBytes: 64 * GIB, availableBytes: availableGib * GIB, ksm }),
    guests,
  };
}

describe("a host that is dense by KSM", () => {
  it.each([
    [10, 15],
    [25, 15],
  ])("is not short for the %i GiB that KSM saves while %i GiB are available", (savedGib, availableGib) => {
    const { plan } = decide(denseHost(availableGib, savedGib), emptyMemory(), AUTO);
    expect(plan.regime).toBe("ample");
    expect(plan.moves).toEqual([]);
  });

  it("is short as the savings break apart, and takes from caches before they are gone", () => {
    let { plan, memory } = decide(denseHost(15, 25), emptyMemory(), AUTO);
    const seen: Plan[] = [];
    for (let second = 1; second <= 5; second++) {
      const world = { ...denseHost(15 - 2 * second, 25 - 2 * second), nowMs: NOW + 1_000 * second };
      ({ plan, memory } = decide(world, memory, AUTO));
      seen.push(plan);
    }
    expect(seen.map(({ regime }) => regime)).not.toContain("ample");
    expect(seen.filter(({ moves }) => moves.length === 20).length).toBeGreaterThanOrEqual(4);
  });
});
