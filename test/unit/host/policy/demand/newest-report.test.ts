/** What is known of a guest at the moment of its demand. */
import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand, GuestReport } from "../../../../../host/src/model/guest.ts";
import { asDemanded } from "../../../../../host/src/policy/demand/newest-report.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";

const DEMAND: GuestDemand = { receivedAtMs: NOW + 90, sequence: 1, level: "critical", needBytes: 64 * MIB };

/** A guest with ZFS: 16 GiB at most, 12 GiB now. */
function zfs(report: Partial<GuestReport>) {
  return aGuest({ maxMib: 16_384, actualMib: 12_288, availableMib: 300, report });
}

function used(facts: ReturnType<typeof zfs>): number {
  return assess(facts, newGuestMemory(NOW), settingsFor(65_536).tuning, NOW + 90).usedBytes ?? 0;
}

describe("a guest's cache of ZFS", () => {
  it("is available as far as its agent says so in the same report", () => {
    expect(used(zfs({ arcAvailableBytes: 2000 * MIB }))).toBe((12_288 - 2300) * MIB);
  });

  it("is not counted for an agent of release 0.1.0, whose figures may be a minute older than the rest", () => {
    expect(used(zfs({ arcSizeBytes: 3000 * MIB, arcMinBytes: 500 * MIB }))).toBe((12_288 - 300) * MIB);
  });

  it("is gone where the newer demand does not tell of it", () => {
    const demand = { ...DEMAND, availableBytes: 100 * MIB };
    expect(used(asDemanded(zfs({ arcAvailableBytes: 2000 * MIB }), demand))).toBe((12_288 - 100) * MIB);
  });
});

describe("a demand", () => {
  it("replaces what the report says of available memory, balloon and growth, and nothing else", () => {
    const facts = zfs({ cacheBytes: 7 * MIB });
    const figures = {
      availableBytes: MIB,
      balloonBytes: 2 * MIB,
      growthBytesPerSecond: 5,
      arcAvailableBytes: 3 * MIB,
    };
    const { report } = asDemanded(facts, { ...DEMAND, ...figures });
    expect(report).toEqual({ ...facts.report, ...figures, receivedAtMs: NOW + 90 });
  });

  it("changes nothing when it tells nothing, or no report came yet", () => {
    const [silent, unknown] = [zfs({}), aGuest({ report: null })];
    expect(asDemanded(silent, DEMAND)).toBe(silent);
    expect(asDemanded(unknown, { ...DEMAND, availableBytes: MIB })).toBe(unknown);
  });
});
