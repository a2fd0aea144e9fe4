import { describe, expect, it } from "vitest";
import { Moment } from "../../../../host/src/broker/moment.ts";
import { aGuest, aHost } from "../../../fakes/facts.ts";

/** Facts that tell by their size when they were read. */
function setUp() {
  const clock = { nowMs: 1_000 };
  let reads = 0;
  const factsOf = (name: string) => aGuest({ name, actualMib: ++reads });
  const moment = new Moment({
    nowMs: () => clock.nowMs,
    snapshot: (host) => ({ nowMs: clock.nowMs, host, guests: ["a", "b", "c"].map(factsOf) }),
    facts: (name) => (name === "gone" ? undefined : factsOf(name)),
  });
  const host = aHost();
  const at = (atMs: number, of = host) => {
    clock.nowMs = atMs;
    return moment.snapshot(of);
  };
  return { moment, at };
}

describe("a moment", () => {
  it("has one snapshot for its demands: its time, and the facts of guests that did not change", () => {
    const { at } = setUp();
    const first = at(1_000);
    const second = at(1_049);
    expect(second.nowMs).toBe(1_000);
    expect(second.guests.map((facts, i) => facts === first.guests[i])).toEqual([true, true, true]);
  });

  it("sees guests anew that demand or were commanded", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    moment.changed("b");
    const second = at(1_001);
    expect(second.guests.map((facts, i) => facts === first.guests[i])).toEqual([true, false, true]);
    // Once: what was seen anew is as good as the rest.
    expect(at(1_002).guests[1]).toBe(second.guests[1]);
  });

  it("keeps its guests when one is not managed any more", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    moment.changed("gone");
    expect(at(1_001).guests).toEqual(first.guests);
  });

  it("has a time of its own after 50 ms, and the facts of guests that did not change", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    moment.changed("c");
    const later = at(1_050);
    expect(later.nowMs).toBe(1_050);
    expect(later.guests.map((facts, i) => facts === first.guests[i])).toEqual([true, true, false]);
  });

  it("has the snapshot of the last tick", () => {
    const { moment, at } = setUp();
    const tick = { ...at(1_000), nowMs: 2_000 };
    moment.begin(tick);
    expect(at(2_010)).toEqual(tick);
    expect(at(2_010).guests[0]).toBe(tick.guests[0]);
  });

  it("is over when a guest has come that it does not have", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    moment.changed("d");
    expect(at(1_001).guests[0]).not.toBe(first.guests[0]);
  });

  it("is over when the host was read anew, and when anything may have changed", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    const other = at(1_001, aHost());
    expect(other.guests[0]).not.toBe(first.guests[0]);
    moment.end();
    const anew = at(1_002, other.host);
    expect(anew.nowMs).toBe(1_002);
    expect(anew.guests[0]).not.toBe(other.guests[0]);
  });
});
