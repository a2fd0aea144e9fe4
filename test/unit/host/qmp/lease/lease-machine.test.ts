import { describe, expect, it } from "vitest";
import { LeaseMachine } from "../../../../../host/src/qmp/lease/lease-machine.ts";

const FREE = { queue: { holders: 0, waiters: 0 } };
const HELD = { queue: { holders: 1, waiters: 0 } };
const WAITED_FOR = { queue: { holders: 1, waiters: 1 } };

/** A machine that was asked for something and is to look. */
function wanting() {
  const machine = new LeaseMachine();
  expect(machine.wanted()).toEqual({ kind: "look", afterMs: 0 });
  return machine;
}

/** A machine that has connected. */
function connected() {
  const machine = wanting();
  expect(machine.looked(FREE, true, 0, 0)).toEqual({ kind: "connect" });
  return machine;
}

describe("the lease machine", () => {
  it("looks at the queue before it connects", () => {
    expect(connected().isConnected).toBe(true);
  });

  it("looks once for all that is wanted meanwhile", () => {
    expect(wanting().wanted()).toEqual({ kind: "none" });
  });

  it.each([
    [0, 5],
    [0.5, 7.5],
    [1, 10],
  ])("looks again in 5 to 10 ms while another client has the monitor", (random, afterMs) => {
    expect(wanting().looked(HELD, true, 0, random)).toEqual({ kind: "look", afterMs });
  });

  it("does not join the queue", () => {
    const machine = wanting();
    for (let nowMs = 0; nowMs < 400; nowMs += 10)
      expect(machine.looked(WAITED_FOR, true, nowMs, 0)).toEqual({ kind: "look", afterMs: 5 });
    expect(machine.obstacle).toBe("waited-for");
  });

  it("looks five times less often at a monitor that is held for long, until it was free", () => {
    const machine = wanting();
    machine.looked(HELD, true, 0, 0);
    expect(machine.looked(HELD, true, 500, 0)).toEqual({ kind: "look", afterMs: 25 });
    expect(machine.looked(FREE, true, 525, 0)).toEqual({ kind: "connect" });
    machine.ended(true, true, 0);
    expect(machine.looked(HELD, true, 530, 0)).toEqual({ kind: "look", afterMs: 5 });
  });

  it("rests when nothing is wanted any more", () => {
    const machine = wanting();
    expect(machine.looked(HELD, false, 0, 0)).toEqual({ kind: "none" });
    expect(machine.wanted()).toEqual({ kind: "look", afterMs: 0 });
  });

  it("makes no second connection while one is there, whatever is wanted or looked at", () => {
    const machine = connected();
    expect(machine.wanted()).toEqual({ kind: "none" });
    expect(machine.looked(FREE, true, 1_000_000, 0)).toEqual({ kind: "none" });
  });

  it("goes on with what came up during a lease, by a new look", () => {
    const machine = connected();
    expect(machine.ended(true, true, 0)).toEqual({ kind: "look", afterMs: 0 });
  });

  it("pauses ever longer after connections that brought no answer", () => {
    const machine = connected();
    expect(machine.ended(false, true, 0)).toEqual({ kind: "look", afterMs: 250 });
    machine.looked(FREE, true, 0, 0);
    expect(machine.ended(false, true, 0)).toEqual({ kind: "look", afterMs: 500 });
    machine.looked(FREE, true, 0, 0);
    machine.ended(true, false, 0);
    machine.wanted();
    machine.looked(FREE, true, 0, 0);
    expect(machine.ended(false, true, 0)).toEqual({ kind: "look", afterMs: 250 });
  });
});
