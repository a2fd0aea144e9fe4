import { describe, expect, it } from "vitest";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { withoutEarlyGifts } from "../../../../host/src/broker/unseen-guests.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { Move } from "../../../../host/src/model/plan.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";

const move = (kind: Move["kind"], fromMib: number, toMib: number): Move => ({
  ...{ name: "web1", kind, reason: "steady" },
  ...{ fromBytes: fromMib * MIB, toBytes: toMib * MIB },
});
const MOVES = [
  move("take-idle", 400, 300),
  move("give-surplus", 300, 512),
  move("give-to-floor", 300, 350),
  move("pay-debt", 300, 320),
  move("manual", 300, 400),
];

/** A guest that is managed since 1,000 ms. */
function aGuest(sizeIsKnown: boolean): GuestRecord {
  const record = new GuestRecord(anEntry(), aGuestMonitor(), undefined, 1_000);
  if (sizeIsKnown) record.tookFacts({ inhibitions: [], maxBytes: 512 * MIB }, 1_000);
  return record;
}

describe("the moves of a tick", () => {
  it("are all carried out once every guest's size is known", () => {
    expect(withoutEarlyGifts(MOVES, [aGuest(true), aGuest(true)], 1_100)).toEqual(MOVES);
  });

  it("give nothing unasked while the size of a new guest is awaited", () => {
    const kinds = withoutEarlyGifts(MOVES, [aGuest(true), aGuest(false)], 3_999).map(({ kind }) => kind);
    expect(kinds).toEqual(["take-idle", "manual"]);
  });

  it("give nothing unasked while a guest may have been started anew", () => {
    const guest = aGuest(true);
    guest.balloon.sawActual(300 * MIB, 2_000);
    guest.connectionChanged(true, 5_000);
    expect(withoutEarlyGifts(MOVES, [guest], 5_001)).toHaveLength(2);
    guest.balloon.sawActual(512 * MIB, 5_002);
    expect(withoutEarlyGifts(MOVES, [guest], 5_003)).toEqual(MOVES);
  });

  it("wait no longer for a guest that is off or hangs", () => {
    expect(withoutEarlyGifts(MOVES, [aGuest(true), aGuest(false)], 4_000)).toEqual(MOVES);
  });
});
