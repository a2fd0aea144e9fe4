import { describe, expect, it } from "vitest";
import { fleet } from "../../../../../host/src/simulate/scenarios/fleet.ts";
import { peakNeedBytes, tightestOf } from "../../../../../host/src/simulate/scenarios/needs.ts";
import { randomWorld } from "../../../../../host/src/simulate/scenarios/random-world.ts";

const WORLDS = Array.from({ length: 1_000 }, (_, i) => randomWorld(i));
const GUESTS = WORLDS.flatMap(({ guests }) => guests);

describe("random worlds", () => {
  it("are the same for the same seed", () => {
    expect(randomWorld(5)).toEqual(WORLDS[5]);
    expect(randomWorld(6)).not.toEqual(WORLDS[5]);
  });

  it("fit their hosts unless they say that they are short, and then they do not", () => {
    for (const world of WORLDS) {
      const { owedBytes, haveBytes } = tightestOf(world);
      expect({ seed: world.name, fits: owedBytes <= haveBytes }).toEqual({
        seed: world.name,
        fits: world.short !== true,
      });
    }
    const short = WORLDS.filter((world) => world.short === true);
    expect(short.length).toBeGreaterThan(50);
    expect(short.length).toBeLessThan(300);
  });

  it("hold every oddity", () => {
    const seen = new Set<unknown>();
    for (const { driver, agent, os, ...rest } of GUESTS) {
      for (const word of [driver.kind, agent.kind, os]) seen.add(word);
      if (agent.silent.length > 0) seen.add("silent");
      if (rest.bootAtMs > 0) seen.add("late");
      if (rest.rebootsAtMs.length > 0) seen.add("reboot");
      if (rest.swapBytes > 0) seen.add("swap");
      if (rest.deflateOnOom) seen.add("deflate");
      if (!rest.freePageReporting) seen.add("keeps");
      if (rest.staleCacheActive) seen.add("stale");
    }
    for (const { host, accounting } of WORLDS) {
      seen.add(accounting);
      if (host.arc !== undefined) seen.add("arc");
      if (host.ksm !== undefined) seen.add("ksm");
      if (host.own.length > 1) seen.add("surge");
    }
    expect([...seen].sort()).toEqual(
      [
        ...["working", "stuck", "missing", "honest", "none", "liar", "hoarder", "linux", "windows"],
        ...["silent", "late", "reboot", "swap", "deflate", "keeps", "stale"],
        ...["resident", "strict", "arc", "ksm", "surge"],
      ].sort(),
    );
  });

  it("have no guest need more than it has by itself", () => {
    for (const plan of GUESTS)
      if (plan.driver.kind === "working") expect(peakNeedBytes(plan)).toBeLessThan(plan.fullBytes * 0.95);
  });
});

describe("a fleet", () => {
  it("has as many guests as requested, mostly idle, and a host that serves them all", () => {
    const world = fleet(200, 1);
    expect(world.guests).toHaveLength(200);
    expect(world.guests.filter(({ phases }) => phases.some(({ busy }) => busy))).toHaveLength(40);
    const { owedBytes, haveBytes } = tightestOf(world);
    expect(owedBytes).toBeLessThan(haveBytes);
    expect(fleet(200, 1)).toEqual(world);
  });
});
