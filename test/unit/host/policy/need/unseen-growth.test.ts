import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import { type GrowthMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { unseenGrowth } from "../../../../../host/src/policy/need/unseen-growth.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";

/** A guest of 2 GiB that reports growth of so many MiB a second. */
function unseenMib(growth: number, known: Partial<GrowthMemory> = {}, isVisible = true) {
  const facts = aGuest({
    maxMib: 2048,
    report: { growthBytesPerSecond: growth * MIB, demandReserveBytes: 20 * MIB },
    facts: isVisible ? { processMemory: { residentBytes: 600 * MIB, swappedBytes: 0 } } : {},
  });
  if (facts.report === undefined) throw new Error("the guest has no report");
  const memory = newGuestMemory(0);
  const grown = { ...memory, growth: { ...memory.growth, ...known } };
  const { bareBytes, headroomBytes, staleBytes } = unseenGrowth(
    facts,
    facts.report,
    grown,
    DEFAULT_TUNING,
    NOW,
  );
  return { bare: bareBytes / MIB, headroom: headroomBytes / MIB, stale: staleBytes / MIB };
}

const NEW_CLAIM = { claimedSinceMs: NOW - 9_999, claimedAtMs: NOW };
const OLD_CLAIM = { claimedSinceMs: NOW - 10_000, claimedAtMs: NOW };

describe("growth that the host does not see", () => {
  it("is what a guest reports of it beyond 256 MiB, and all of its bare headroom but the demand reserve", () => {
    // 300 MiB a second for 2 s is 600 MiB of headroom; for 1 s it is 300 of the bare headroom.
    expect(unseenMib(300, NEW_CLAIM)).toEqual({ bare: 280, headroom: 600 - 256, stale: 0 });
  });

  it("is stale after 10 s", () => {
    expect(unseenMib(300, OLD_CLAIM)).toEqual({ bare: 280, headroom: 600 - 256, stale: 600 - 256 });
  });

  it("is none where the host saw the guest grow as fast within 3 s", () => {
    const seen = (agoMs: number, mib: number) =>
      unseenMib(300, {
        ...OLD_CLAIM,
        residentGrewAtMs: NOW - agoMs,
        residentPeakBytesPerSecond: mib * MIB,
      });
    expect(seen(2_999, 300)).toEqual({ bare: 0, headroom: 0, stale: 0 });
    expect(seen(2_999, 200)).toEqual({ bare: 100, headroom: 200, stale: 200 });
    expect(seen(3_000, 300).headroom).toBe(600 - 256);
  });

  it("is none of a guest that reports none, nor of one whose process the host cannot see", () => {
    expect(unseenMib(0, OLD_CLAIM)).toEqual({ bare: 0, headroom: 0, stale: 0 });
    expect(unseenMib(300, OLD_CLAIM, false)).toEqual({ bare: 0, headroom: 0, stale: 0 });
  });
});
