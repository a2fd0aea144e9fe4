/** Which connections may stay that have not shown a token. */
import { describe, expect, it } from "vitest";
import {
  ADMISSION_BOUNDS,
  AdmissionLimits,
  groupOf,
} from "../../../../../host/src/agents/websocket/admission-limits.ts";

const BOUNDS = { pendingPerAddress: 2, pending: 3, perAddressPerSecond: 1, perAddressBurst: 4 };

/** The place of a connection that must be admitted. */
function placeOf(limits: AdmissionLimits, address: string, nowMs = 0) {
  const admission = limits.enter(address, nowMs);
  if (!admission.ok) throw new Error("refused");
  return admission;
}

describe("admission", () => {
  it("gives a newcomer the oldest place of its own address when that address has all it may have", () => {
    const limits = new AdmissionLimits(BOUNDS);
    const first = placeOf(limits, "10.0.0.1");
    const second = placeOf(limits, "10.0.0.1");
    expect([first.evicted, second.evicted]).toEqual([undefined, undefined]);
    expect(placeOf(limits, "10.0.0.1").evicted).toBe(first.place);
    expect(limits.pending).toBe(2);
  });

  it("gives a newcomer the oldest place of the address that has the most when all are taken", () => {
    const limits = new AdmissionLimits(BOUNDS);
    placeOf(limits, "10.0.0.2");
    const older = placeOf(limits, "10.0.0.1");
    placeOf(limits, "10.0.0.1");
    expect(placeOf(limits, "10.0.0.3").evicted).toBe(older.place);
    expect(limits.pending).toBe(3);
  });

  it("gives a newcomer the oldest place of all when every address has as many", () => {
    const limits = new AdmissionLimits(BOUNDS);
    const oldest = placeOf(limits, "10.0.0.1");
    placeOf(limits, "10.0.0.2");
    placeOf(limits, "10.0.0.3");
    expect(placeOf(limits, "10.0.0.4").evicted).toBe(oldest.place);
  });

  it("evicts none while places are free, and a place that is left twice is counted once", () => {
    const limits = new AdmissionLimits(BOUNDS);
    const { place } = placeOf(limits, "10.0.0.1");
    limits.leave(place);
    limits.leave(place);
    expect(limits.pending).toBe(0);
    for (const host of [2, 3, 4]) expect(placeOf(limits, `10.0.0.${host}`).evicted).toBeUndefined();
  });

  it("bounds the rate of one address and leaves others alone", () => {
    const limits = new AdmissionLimits(BOUNDS);
    const tries = [1, 2, 3, 4, 5].map(() => limits.enter("10.0.0.1", 0).ok);
    expect(tries).toEqual([true, true, true, true, false]);
    expect(limits.enter("10.0.0.2", 0).ok).toBe(true);
    expect(limits.enter("10.0.0.1", 500).ok).toBe(false);
    expect(limits.enter("10.0.0.1", 1_500).ok).toBe(true);
  });

  it("counts right after more addresses than it remembers", () => {
    const limits = new AdmissionLimits({ ...BOUNDS, pending: 10 });
    const { place } = placeOf(limits, "10.9.9.9");
    for (let host = 0; host < 10_000; host++)
      limits.leave(placeOf(limits, `10.0.${host >> 8}.${host & 255}`).place);
    expect(limits.pending).toBe(1);
    placeOf(limits, "10.9.9.9");
    expect(placeOf(limits, "10.9.9.9").evicted).toBe(place);
  });

  it("leaves each connection a second before its own address can push it out at its full rate", () => {
    const { pendingPerAddress, perAddressPerSecond } = ADMISSION_BOUNDS;
    expect(pendingPerAddress / perAddressPerSecond).toBeGreaterThan(1);
  });
});

describe("addresses that count as one", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s is of %s", (address, group) => {
    expect(groupOf(address)).toBe(group);
  });
});
