import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestPlan } from "../../../../../host/src/simulate/scenario.ts";
import { hostDensity, testbedDensity } from "../../../../../host/src/simulate/scenarios/density.ts";

const kindOf = ({ name }: GuestPlan) => name.replace(/\d+$/, "");
const heightOf = ({ phases }: GuestPlan) => Math.max(...phases.map(({ anonBytes }) => anonBytes));
const startsOf = (plan: GuestPlan) =>
  plan.phases.filter(({ anonBytes }) => anonBytes === heightOf(plan)).map(({ fromMs }) => fromMs);

describe("the mixed load", () => {
  it("has as many guests as wanted, each with a name of its own, every fourth of one kind", () => {
    const { guests } = testbedDensity(9);
    expect(new Set(guests.map(({ name }) => name)).size).toBe(9);
    expect(guests.map(kindOf)).toEqual([
      ...["web", "cache", "batch", "idle", "web", "cache", "batch", "idle", "web"],
    ]);
  });

  it("is the same for a guest whatever the number of its neighbours", () => {
    expect(testbedDensity(8).guests.slice(0, 3)).toEqual(testbedDensity(3).guests);
    expect(hostDensity(50, 48 * GIB).guests.slice(0, 7)).toEqual(hostDensity(7, 48 * GIB).guests);
  });

  it("fits into each guest: with all of its memory a guest lacks none", () => {
    for (const { guests } of [testbedDensity(8), hostDensity(8, 48 * GIB)])
      for (const plan of guests)
        for (const { anonBytes, hotBytes } of plan.phases)
          expect(anonBytes + hotBytes).toBeLessThan(0.75 * plan.fullBytes);
  });

  it("puts the jobs of few guests apart", () => {
    const [first = [], second = []] = testbedDensity(8)
      .guests.filter((plan) => kindOf(plan) === "batch")
      .map(startsOf);
    for (const a of first) for (const b of second) expect(Math.abs(a - b)).toBeGreaterThan(15_000);
  });

  it("has at least a job of each batch guest after the warm-up", () => {
    const { guests, warmUpMs, durationMs } = testbedDensity(8);
    for (const plan of guests.filter((one) => kindOf(one) === "batch"))
      expect(startsOf(plan).some((atMs) => atMs >= warmUpMs && atMs < durationMs - 10_000)).toBe(true);
  });

  it("shares one budget: more guests do not make the host larger but by what emulation takes beside each", () => {
    const beside = testbedDensity(5).host.totalBytes - testbedDensity(4).host.totalBytes;
    expect(beside).toBe(152 * MIB);
    expect(hostDensity(9, 48 * GIB).host.totalBytes).toBe(hostDensity(4, 48 * GIB).host.totalBytes);
  });
});
