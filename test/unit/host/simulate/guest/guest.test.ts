import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { Guest } from "../../../../../host/src/simulate/guest/guest.ts";
import type { GuestPlan } from "../../../../../host/src/simulate/scenario.ts";
import { WORKING } from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { aPhase, aPlan } from "../../../../fakes/guest-plans.ts";

/** A guest that has been running for long. */
function settled(plan: Partial<GuestPlan> = {}, sizeBytes = GIB): Guest {
  const guest = new Guest(aPlan(plan));
  guest.settle(sizeBytes);
  return guest;
}

/** Lets time pass in the guest's own steps. */
function live(guest: Guest, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs < toMs; ) {
    nowMs = Math.min(toMs, nowMs + Math.max(1, guest.calmMs(nowMs)));
    guest.advance(nowMs);
  }
}

/** Programs that begin to grow after a second to more than the guest has. */
const GROWING = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 860 * MIB })];

describe("a guest that has run for long", () => {
  it("has all that it wants in memory, at the size that it was given", () => {
    const guest = settled({ phases: [aPhase({ hotBytes: 200 * MIB })] }, 700 * MIB);
    expect(guest.kernel).toMatchObject({
      sizeBytes: 700 * MIB,
      anonBytes: 100 * MIB,
      hotBytes: 200 * MIB,
    });
    expect(guest.isUp(0)).toBe(true);
    expect(guest.driverAnswers(0)).toBe(true);
  });

  it("is as large as it needs to be, and whole where no balloon works", () => {
    const guest = settled({}, 10 * MIB);
    expect(guest.kernel.freeBytes).toBeCloseTo(2 * guest.kernel.watermarkBytes, 0);
    for (const kind of ["stuck", "missing"] as const)
      expect(settled({ driver: { ...WORKING, kind } }, 500 * MIB).kernel.sizeBytes).toBe(GIB);
  });

  it("keeps cache of long ago where there is room", () => {
    const plan = { staleCacheBytes: 2 * GIB, staleCacheActive: true };
    expect(settled(plan).kernel.freeBytes).toBeCloseTo(2 * settled(plan).kernel.watermarkBytes, 0);
    expect(settled({ ...plan, staleCacheActive: false }).kernel).toMatchObject({ staleBytes: 0 });
  });
});

describe("a guest's phases", () => {
  it("begin when they begin, however large the step over it is", () => {
    const phases = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 900 * MIB, touchBytesPerSecond: 100 * MIB })];
    const guest = settled({ phases });
    guest.advance(1500);
    expect(guest.kernel.anonBytes / MIB).toBeCloseTo(150, 3);
    expect(guest.phase.fromMs).toBe(1000);
  });

  it("are looked at again in time for the next one", () => {
    const guest = settled({ phases: [aPhase(), aPhase({ fromMs: 1200 })] });
    guest.advance(1000);
    expect(guest.calmMs(1000)).toBe(200);
  });
});

describe("a guest that runs out of memory", () => {
  it("kills once nothing is left and no memory is on its way, not before", () => {
    const guest = settled({ phases: GROWING }, 600 * MIB);
    live(guest, 0, 2500);
    expect(guest.work.kills).toBe(0);
    expect(guest.kernel.anonBytes).toBeGreaterThan(350 * MIB);
    live(guest, 2500, 5000);
    expect(guest.work.kills).toBe(1);
    expect(guest.kernel.counters.oomKills).toBe(1);
  });

  it("waits for memory that is on its way, be it slow", () => {
    const driver = { ...WORKING, deflateBytesPerSecond: 20 * MIB };
    const guest = settled({ phases: GROWING, driver }, 600 * MIB);
    live(guest, 0, 2500);
    guest.balloon.targetBytes = GIB;
    live(guest, 2500, 30_000);
    expect(guest.work.kills).toBe(0);
    expect(guest.work.doneMs).toBeLessThan(guest.work.busyMs - 5000);
  });

  it("does not wait for a balloon that is stuck", () => {
    const guest = settled({ phases: GROWING, driver: { ...WORKING, kind: "stuck" } });
    guest.kernel.balloonBytes = 400 * MIB;
    live(guest, 0, 5000);
    expect(guest.work.kills).toBe(1);
  });

  it("takes from its balloon with deflate-on-oom, and that stays so until the host says otherwise", () => {
    const guest = settled({ phases: GROWING, deflateOnOom: true }, 600 * MIB);
    live(guest, 0, 8000);
    expect(guest.work.kills).toBe(0);
    expect(guest.kernel.anonBytes / MIB).toBeCloseTo(860, 3);
    expect(guest.balloon.targetBytes).toBeGreaterThan(900 * MIB);
  });

  it("kills with deflate-on-oom too once the balloon is empty", () => {
    const phases = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 2 * GIB })];
    const guest = settled({ phases, deflateOnOom: true });
    live(guest, 0, 8000);
    expect(guest.work.kills).toBe(1);
  });

  it("goes on, slowly, while it has swap", () => {
    const guest = settled({ phases: GROWING, swapBytes: GIB }, 600 * MIB);
    live(guest, 0, 20_000);
    expect(guest.work.kills).toBe(0);
    expect(guest.kernel.swappedBytes).toBeGreaterThan(200 * MIB);
    expect(guest.work.doneMs / guest.work.busyMs).toBeLessThan(0.6);
  });

  it("does no work for half a minute after a kill, and then begins anew", () => {
    const guest = settled({ phases: GROWING }, 600 * MIB);
    live(guest, 0, 5000);
    const before = { ...guest.work };
    live(guest, 5000, 30_000);
    expect(guest.work.doneMs).toBe(before.doneMs);
    expect(guest.work.busyMs).toBe(before.busyMs + 25_000);
    live(guest, 30_000, 34_500);
    expect(guest.kernel.anonBytes).toBeGreaterThan(0);
  });
});

describe("a guest that boots", () => {
  it("has all of its memory and nothing in it, programs after 12 s, a balloon driver after 2.5 s", () => {
    const guest = settled({}, 500 * MIB);
    guest.balloon.targetBytes = 500 * MIB;
    guest.boot(1000);
    expect(guest.kernel).toMatchObject({ sizeBytes: GIB, anonBytes: 0 });
    expect(guest.driverAnswers(3400)).toBe(false);
    live(guest, 1000, 3400);
    expect(guest.kernel.sizeBytes).toBe(GIB);
    live(guest, 3400, 6000);
    expect(guest.kernel.sizeBytes).toBeCloseTo(500 * MIB, 0);
    live(guest, 6000, 12_900);
    expect(guest.kernel.anonBytes).toBe(0);
    live(guest, 12_900, 14_500);
    expect(guest.kernel.anonBytes / MIB).toBeCloseTo(100, 6);
  });

  it("loses the time in which it should have worked", () => {
    const guest = settled();
    guest.advance(1000);
    guest.boot(1000);
    live(guest, 1000, 14_000);
    expect(guest.work.busyMs).toBe(14_000);
    expect(guest.work.doneMs).toBeGreaterThan(1000);
    expect(guest.work.doneMs).toBeLessThan(2500);
  });

  it("forgets its target when its QEMU was started anew, as QEMU keeps it over a reset only", () => {
    const guest = settled({}, 500 * MIB);
    guest.shutDown();
    expect(guest.isRunning).toBe(false);
    expect(guest.work.kills).toBe(1);
    guest.boot(1000);
    expect(guest.balloon.targetBytes).toBe(GIB);
  });
});

describe("a guest's work", () => {
  it("is done in full at rest, counts only while it is busy, and suffers while its host swaps", () => {
    const idle = settled({ phases: [aPhase({ busy: false })] });
    live(idle, 0, 1000);
    expect(idle.work).toEqual({ busyMs: 0, doneMs: 0, kills: 0 });
    const guest = settled();
    live(guest, 0, 1000);
    expect(guest.work).toEqual({ busyMs: 1000, doneMs: 1000, kills: 0 });
    guest.hostSpeed = 0.25;
    live(guest, 1000, 2000);
    expect(guest.work.doneMs).toBe(1250);
  });
});
