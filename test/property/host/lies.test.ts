import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { sum } from "../../../host/src/model/bytes.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { LIES, type Lie, together } from "./lies.ts";
import { SEED, TRIED } from "./lies-worlds.ts";
import { worlds } from "./random-worlds.ts";
import { type Life, live } from "./watched-ballast.ts";

vi.setConfig({ testTimeout: 600_000 });

const MOST_LOST_SHARE = 0.02;

/** What the honest guests came to: all but the first. */
function honest({ world }: Life) {
  const guests = world.guests.slice(1);
  return {
    kills: sum(guests, ({ guest }) => guest.work.kills),
    lostMs: sum(guests, ({ guest }) => guest.work.busyMs - guest.work.doneMs),
    busyMs: sum(guests, ({ guest }) => guest.work.busyMs),
  };
}

function harmOf(lie: Lie, scenario: Scenario): string[] {
  const without = live(scenario);
  const before = honest(without);
  if (before.kills > 0) return [];
  const withLie = live(scenario, {}, lie);
  const after = honest(withLie);
  const lost = (after.lostMs - before.lostMs) / Math.max(1, after.busyMs);
  const where = `${scenario.accounting}`;
  return [
    ...(after.kills > 0 ? [`${where}: kills ${after.kills}`] : []),
    ...(lost > MOST_LOST_SHARE ? [`${where}: loses ${(lost * 100).toFixed(1)} %`] : []),
  ];
}

/**
 * What still harms an honest guest in up to three of all the worlds, where hardly anything is spare: a demand that is repeated at each tick
 * is unpaid all the time, and others' headroom and caches wait for it (host/docs/policy.md, Lies).
 */
const STILL_BELIEVED: ReadonlySet<string> = new Set([
  "it demands all of its memory at each tick",
  "it demands without bound",
  "it demands a little at each tick",
]);
const SEEN_THROUGH = LIES.filter(({ name }) => !STILL_BELIEVED.has(name));
/** Its own demand reserve, which is believed up to 8 % of its size, makes this one harmful in one world of 600 pairs. */
const SEEN_THROUGH_ALONE = "it needs all by turns";
const SEEN_THROUGH_IN_PAIRS = SEEN_THROUGH.filter(({ name }) => name !== SEEN_THROUGH_ALONE);

describe("honest guests within their fair share", () => {
  it("are worth trying", () => {
    expect(TRIED.length).toBe(worlds(100));
  });

  it.each(SEEN_THROUGH)("are neither killed nor held up by a guest that says: $name", (lie) => {
    expect(
      TRIED.flatMap((scenario, i) => harmOf(lie, scenario).map((harm) => `world ${i}: ${harm}`)),
    ).toEqual([]);
  });

  it("are neither killed nor held up by two lies at once", () => {
    const pairs = fc.sample(
      fc.tuple(
        fc.constantFrom(...SEEN_THROUGH_IN_PAIRS),
        fc.constantFrom(...SEEN_THROUGH_IN_PAIRS),
        fc.constantFrom(...TRIED),
      ),
      { numRuns: worlds(600), seed: SEED },
    );
    const harms = pairs.flatMap(([a, b, scenario]) =>
      harmOf(together(a, b), scenario).map((harm) => `${a.name}, and ${b.name}: ${harm}`),
    );
    expect(harms).toEqual([]);
  });
});
