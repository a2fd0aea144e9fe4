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
/** Commands beside a liar, as a multiple of those in the same worlds without its lie. */
const MOST_COMMANDS = 3;

/** What the honest guests came to, all but the first, and how many commands changed a target. */
function summed({ world, decisions }: Life) {
  const guests = world.guests.slice(1);
  return {
    kills: sum(guests, ({ guest }) => guest.work.kills),
    lostMs: sum(guests, ({ guest }) => guest.work.busyMs - guest.work.doneMs),
    busyMs: sum(guests, ({ guest }) => guest.work.busyMs),
    commands: sum(
      decisions,
      ({ commands }) => commands.filter(({ fromBytes, toBytes }) => fromBytes !== toBytes).length,
    ),
  };
}
type Summary = ReturnType<typeof summed>;

const honestly = new Map<Scenario, Summary>();

function withoutLie(scenario: Scenario): Summary {
  const summary = honestly.get(scenario) ?? summed(live(scenario));
  honestly.set(scenario, summary);
  return summary;
}

/** One world without and with a lie. */
interface Trial {
  readonly scenario: Scenario;
  readonly before: Summary;
  readonly after: Summary;
}

function tried(lie: Lie, scenario: Scenario): Trial {
  return { scenario, before: withoutLie(scenario), after: summed(live(scenario, {}, lie)) };
}

const trials = new Map<Lie, readonly Trial[]>();

function triedEverywhere(lie: Lie): readonly Trial[] {
  const all = trials.get(lie) ?? TRIED.map((scenario) => tried(lie, scenario));
  trials.set(lie, all);
  return all;
}

function harmOf({ scenario, before, after }: Trial): string[] {
  if (before.kills > 0) return [];
  const lost = (after.lostMs - before.lostMs) / Math.max(1, after.busyMs);
  const where = `world ${TRIED.indexOf(scenario)}, ${scenario.accounting}`;
  return [
    ...(after.kills > 0 ? [`${where}: kills ${after.kills}`] : []),
    ...(lost > MOST_LOST_SHARE ? [`${where}: loses ${(lost * 100).toFixed(1)} %`] : []),
  ];
}

/** In all worlds together: in one of a single honest command, a second one would be twice as many. */
function timesAsManyCommands(all: readonly Trial[]): number {
  return sum(all, ({ after }) => after.commands) / sum(all, ({ before }) => before.commands);
}

describe("honest guests within their fair share", () => {
  it("are worth trying", () => {
    expect(TRIED.length).toBe(worlds(100));
  });

  it.each(LIES)("are neither killed nor held up by a guest that says: $name", (lie) => {
    expect(triedEverywhere(lie).flatMap(harmOf)).toEqual([]);
  });

  it("are neither killed nor held up by two lies at once, and neither brings more than three times the commands", () => {
    const pairs = fc.sample(
      fc.tuple(fc.constantFrom(...LIES), fc.constantFrom(...LIES), fc.constantFrom(...TRIED)),
      { numRuns: worlds(600), seed: SEED },
    );
    const all = pairs.map(([a, b, scenario]) => ({ a, b, trial: tried(together(a, b), scenario) }));
    const harms = all.flatMap(({ a, b, trial }) =>
      harmOf(trial).map((harm) => `${a.name}, and ${b.name}: ${harm}`),
    );
    expect(harms).toEqual([]);
    expect(timesAsManyCommands(all.map(({ trial }) => trial))).toBeLessThanOrEqual(MOST_COMMANDS);
  });
});

describe("commands", () => {
  it.each(LIES)("are at most three times as many beside a guest that says: $name", (lie) => {
    expect(timesAsManyCommands(triedEverywhere(lie))).toBeLessThanOrEqual(MOST_COMMANDS);
  });
});
