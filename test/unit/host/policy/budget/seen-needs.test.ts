import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { seenNeeds } from "../../../../../host/src/policy/budget/seen-needs.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";

/** What counts of a guest's need on a host of which its fair share is so much, in MiB. */
function countedMib(fairMib: number, unseen: { bare?: number; headroom?: number; stale?: number }) {
  const { bare = 0, headroom = 0, stale = 0 } = unseen;
  const guest = aNeed(
    aGuest({ maxMib: 4096 }),
    {},
    {
      bareBytes: 900 * MIB,
      vitalBytes: 1000 * MIB,
      floorBytes: 1200 * MIB,
      wantBytes: 1300 * MIB,
      seenFloorBytes: 1200 * MIB,
      unseenGrowth: { bareBytes: bare * MIB, headroomBytes: headroom * MIB, staleBytes: stale * MIB },
    },
  );
  const ledger = keepLedger(aHost(), [guest], settingsFor(fairMib), NOW, 0);
  const [counted = guest] = seenNeeds([guest], ledger);
  const { bareBytes, vitalBytes, floorBytes, wantBytes, seenFloorBytes } = counted;
  return [bareBytes, vitalBytes, floorBytes, wantBytes, seenFloorBytes].map((bytes) => bytes / MIB);
}

describe("growth that the host does not see", () => {
  it("counts within the fair share", () => {
    expect(countedMib(2000, { bare: 300, headroom: 400, stale: 400 })).toEqual([900, 1000, 1200, 1300, 1200]);
  });

  it("counts for no use beyond the fair share, nor in the question whether all floors fit", () => {
    expect(countedMib(300, { bare: 250, headroom: 400 })).toEqual([650, 1000, 1200, 1300, 800]);
  });

  it("counts for no floor beyond the fair share once it is stale", () => {
    expect(countedMib(300, { bare: 250, headroom: 400, stale: 400 })).toEqual([650, 600, 800, 900, 800]);
  });

  it("leaves the guest its fair share", () => {
    expect(countedMib(750, { bare: 250, headroom: 600, stale: 600 })).toEqual([750, 750, 750, 750, 750]);
  });
});
