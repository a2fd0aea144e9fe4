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

  it("is over after 50 ms, when the host was read anew, and when anything may have changed", () => {
    const { moment, at } = setUp();
    const first = at(1_000);
    const later = at(1_050);
    expect(later.nowMs).toBe(1_050);
    expect(later.guests[0]).not.toBe(first.guests[0]);
    expect(at(1_051, aHost()).nowMs).toBe(1_051);
    moment.end();
    expect(at(1_052, aHost()).nowMs).toBe(1_052);
  });
});
