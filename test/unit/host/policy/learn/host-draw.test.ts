import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { drawnAheadBytes, isUrgent, learnHostDraw } from "../../../../../host/src/policy/learn/host-draw.ts";
import { type HostDrawMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";

/** What two guests hold at each tick, in MiB. */
function drawn(ticks: readonly [number, number][]): HostDrawMemory {
  return ticks.reduce<HostDrawMemory | undefined>((memory, [atMs, mib]) => {
    const processMemory = { residentBytes: (mib / 2) * MIB, swappedBytes: 0 };
    const guests = ["a", "b"].map((name) =>
      assess(aGuest({ name, facts: { processMemory } }), newGuestMemory(0), settingsFor(4096).tuning, NOW),
    );
    return learnHostDraw(memory, guests, atMs);
  }, undefined) as HostDrawMemory;
}

describe("what guests draw from the host", () => {
  it("is the growth of all that they hold", () => {
    expect(
      drawn([
        [0, 1000],
        [1_000, 1500],
      ]).bytesPerSecond,
    ).toBe(500 * MIB);
  });

  it("is not taken for over at the first lull", () => {
    expect(
      drawn([
        [0, 1000],
        [1_000, 1500],
        [2_000, 1500],
      ]).bytesPerSecond,
    ).toBe(250 * MIB);
  });

  it("is nothing while they give memory back", () => {
    expect(
      drawn([
        [0, 1000],
        [1_000, 900],
      ]).bytesPerSecond,
    ).toBe(0);
  });

  it("is not learned from ticks less than a tenth of a second apart", () => {
    const after = (ms: number) =>
      drawn([
        [0, 1000],
        [ms, 1050],
      ]).bytesPerSecond;
    expect(after(99)).toBe(0);
    expect(after(100)).toBe(500 * MIB);
  });

  it("makes the next decision urgent when the host could run out within seconds", () => {
    const draw = drawn([
      [0, 1000],
      [1_000, 1500],
    ]);
    expect(drawnAheadBytes(draw)).toBe(1500 * MIB);
    expect(isUrgent(draw, 3900 * MIB)).toBe(true);
    expect(isUrgent(draw, 4100 * MIB)).toBe(false);
  });
});

describe("what KSM saves", () => {
  const guests = (mib: number) => [
    assess(
      aGuest({ facts: { processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } } }),
      newGuestMemory(0),
      settingsFor(4096).tuning,
      NOW,
    ),
  ];
  const saving = (mib: number) => ({ run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: mib * MIB });
  const begun = learnHostDraw(undefined, guests(1000), 0, saving(400));

  it("is drawn as it breaks apart, though no process's resident memory grows", () => {
    const draw = learnHostDraw(begun, guests(1000), 1_000, saving(300));
    expect(draw).toMatchObject({ bytesPerSecond: 100 * MIB, breakPeakBytesPerSecond: 100 * MIB });
  });

  it("is not drawn when it goes with memory that guests gave back", () => {
    const draw = learnHostDraw(begun, guests(850), 1_000, saving(300));
    expect(draw).toMatchObject({ bytesPerSecond: 0, breakPeakBytesPerSecond: 0 });
  });

  it("is remembered to have broken apart so fast, half of it after ten minutes", () => {
    const broken = learnHostDraw(begun, guests(1000), 1_000, saving(300));
    const later = learnHostDraw(broken, guests(1000), 601_000, saving(300));
    expect(later.breakPeakBytesPerSecond).toBe(50 * MIB);
  });
});
