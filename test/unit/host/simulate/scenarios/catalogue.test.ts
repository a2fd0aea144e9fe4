import { describe, expect, it } from "vitest";
import { sum } from "../../../../../host/src/model/bytes.ts";
import type { GuestPlan, Scenario } from "../../../../../host/src/simulate/scenario.ts";
import { SCENARIOS, scenarioNamed } from "../../../../../host/src/simulate/scenarios/catalogue.ts";
import {
  guestNeedBytes,
  needsOf,
  peakNeedBytes,
  turningPoints,
} from "../../../../../host/src/simulate/scenarios/needs.ts";
import { splitOf, splittableBytes } from "../../../../../host/src/simulate/world/split.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const MINUTE_MS = 60_000;
/** What a controller cannot do without: reserve, headroom, watermarks. */
const MARGIN = 0.08;

describe("the catalogue", () => {
  it("has at least fourteen scenarios with names of their own", () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(14);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
  });

  it("finds a scenario by its name and nothing by another", () => {
    expect(scenarioNamed("boot-storm")?.title).toBe("Boot storm");
    expect(scenarioNamed("boot")).toBeUndefined();
  });
});

describe.each(SCENARIOS.map((maker) => [maker.name, maker] as const))("%s", (_name, maker) => {
  const worlds = SEEDS.map((seed) => maker.make(seed));
  const [first] = worlds;

  it("tells what happens and what a good controller does about it", () => {
    expect(maker.description).toMatch(/A good controller .+\.$/);
    expect(first).toMatchObject({ name: maker.name, title: maker.title, description: maker.description });
  });

  it("is the same world for the same seed, and another one for another", () => {
    expect(maker.make(1)).toEqual(first);
    expect(maker.make(2)).not.toEqual(first);
  });

  it("is well formed: phases in order, unique names, sizes within bounds", () => {
    for (const { guests, durationMs, warmUpMs } of worlds) {
      expect(warmUpMs).toBeLessThan(durationMs / 4);
      expect(new Set(guests.map(({ name }) => name)).size).toBe(guests.length);
      expect(guests.filter((plan) => !isWellFormed(plan))).toEqual([]);
    }
  });

  it("asks much of a host of usual size, for as long as it takes", () => {
    for (const { guests, host, durationMs } of worlds) {
      const overcommit = sum(guests, ({ fullBytes }) => fullBytes) / host.totalBytes;
      expect(overcommit).toBeGreaterThanOrEqual(1.3);
      expect(overcommit).toBeLessThanOrEqual(2.5);
      expect(durationMs).toBeGreaterThanOrEqual(20 * MINUTE_MS);
      expect(durationMs).toBeLessThanOrEqual(60 * MINUTE_MS);
    }
  });

  it("can be served without a kill by a clairvoyant: needs and guarantees fit with a margin, unless it says short", () => {
    for (const world of worlds.filter(({ short }) => short !== true))
      for (const atMs of turningPoints(world)) {
        const { owedBytes, haveBytes, savedBytes } = needsOf(world, atMs);
        const countedBytes = haveBytes + (world.needsSavings === true ? savedBytes : 0);
        expect(owedBytes).toBeLessThanOrEqual(countedBytes * (1 - MARGIN));
      }
  });

  it("has no guest need more than it has by itself", () => {
    for (const plan of worlds.flatMap(({ guests }) => guests))
      if (plan.driver.kind === "working")
        expect(peakNeedBytes(plan)).toBeLessThanOrEqual(plan.fullBytes * 0.85);
  });

  it("cannot be served by a static split, unless it says so: some guest needs more than its share", () => {
    for (const world of worlds) expect(beyondSplitBytes(world) > 0).toBe(world.fitsSplit !== true);
  });
});

function isWellFormed({ phases, fullBytes, minBytes }: GuestPlan): boolean {
  const times = phases.map(({ fromMs }) => fromMs);
  const inOrder = times.every((atMs, i) => atMs >= (times[i - 1] ?? 0));
  const sizes = [fullBytes, minBytes, ...phases.flatMap(({ anonBytes, hotBytes }) => [anonBytes, hotBytes])];
  return times[0] === 0 && inOrder && minBytes < fullBytes && sizes.every((bytes) => bytes >= 0);
}

/** The most that guests together need beyond their static shares at one time. */
function beyondSplitBytes(world: Scenario): number {
  const split = splitOf(world.guests, splittableBytes(world));
  const times = turningPoints(world).filter((atMs) => atMs >= world.warmUpMs);
  const beyond = (plan: GuestPlan, atMs: number) =>
    Math.max(0, guestNeedBytes(plan, atMs) - (split.get(plan.name) ?? 0));
  return Math.max(...times.map((atMs) => sum(world.guests, (plan) => beyond(plan, atMs))));
}

describe("needs", () => {
  const world = scenarioNamed("ksm-breakup")?.make(1);

  it("do not count on what KSM saves, and count the host's own use and ZFS's minimum", () => {
    if (world === undefined) throw new Error("no such scenario");
    const arc = { maxBytes: 8, minBytes: 5 };
    const host = { ...world.host, totalBytes: 100, own: [{ fromMs: 0, bytes: 20 }], arc };
    expect(needsOf({ ...world, host }, 0).haveBytes).toBe(75);
  });

  it("are nothing for a guest that has not booted, and all of a guest whose balloon cannot take", () => {
    const [plan] = world?.guests ?? [];
    if (plan === undefined) throw new Error("no guest");
    expect(guestNeedBytes({ ...plan, bootAtMs: 10 }, 9)).toBe(0);
    expect(guestNeedBytes({ ...plan, driver: { ...plan.driver, kind: "stuck" } }, 9)).toBe(plan.fullBytes);
    expect(guestNeedBytes(plan, 9)).toBeLessThan(plan.fullBytes);
  });
});
