import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { assess } from "../../../../host/src/policy/assess.ts";
import { newGuestMemory, type PullMemory } from "../../../../host/src/policy/memory.ts";
import { drawnAheadBytes, isHurried, learnPull } from "../../../../host/src/policy/pull.ts";
import { aGuest, NOW, settingsFor } from "../../../fakes/facts.ts";

/** What two guests hold at each look, in MiB. */
function pulled(looks: readonly [number, number][]): PullMemory {
  return looks.reduce<PullMemory | undefined>((memory, [atMs, mib]) => {
    const held = { residentBytes: (mib / 2) * MIB, swappedBytes: 0 };
    const guests = ["a", "b"].map((name) =>
      assess(aGuest({ name, facts: { held } }), newGuestMemory(0), settingsFor(4096).tuning, NOW),
    );
    return learnPull(memory, guests, atMs);
  }, undefined) as PullMemory;
}

describe("what guests draw from the host", () => {
  it("is the growth of all that they hold", () => {
    expect(
      pulled([
        [0, 1000],
        [1_000, 1500],
      ]).bytesPerSecond,
    ).toBe(500 * MIB);
  });

  it("is not taken for over at the first lull", () => {
    expect(
      pulled([
        [0, 1000],
        [1_000, 1500],
        [2_000, 1500],
      ]).bytesPerSecond,
    ).toBe(250 * MIB);
  });

  it("is nothing while they give memory back", () => {
    expect(
      pulled([
        [0, 1000],
        [1_000, 900],
      ]).bytesPerSecond,
    ).toBe(0);
  });

  it("calls for haste when the host could run out within seconds", () => {
    const pull = pulled([
      [0, 1000],
      [1_000, 1500],
    ]);
    expect(drawnAheadBytes(pull)).toBe(1500 * MIB);
    expect(isHurried(pull, 3900 * MIB)).toBe(true);
    expect(isHurried(pull, 4100 * MIB)).toBe(false);
  });
});
