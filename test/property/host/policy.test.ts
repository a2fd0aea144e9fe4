import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { decide } from "../../../host/src/policy/decide.ts";
import { emptyMemory } from "../../../host/src/policy/memory.ts";
import { distribute } from "../../../host/src/policy/share/distribute.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../fakes/facts.ts";
import { type SmallGuest, SmallWorld } from "../../fakes/small-world.ts";

const guestArbitrary = fc
  .record({
    maxMib: fc.integer({ min: 256, max: 4096 }),
    minShare: fc.integer({ min: 5, max: 60 }),
    usedShare: fc.integer({ min: 3, max: 80 }),
    actualShare: fc.integer({ min: 0, max: 100 }),
    shares: fc.constantFrom(500, 1000, 2000),
  })
  .map(({ maxMib, minShare, usedShare, actualShare, shares }): Omit<SmallGuest, "name"> => {
    const usedMib = Math.floor((maxMib * usedShare) / 100);
    const minMib = Math.floor((maxMib * minShare) / 100);
    const leastMib = Math.max(minMib, Math.min(maxMib, usedMib + 64));
    const actualMib = Math.floor(leastMib + ((maxMib - leastMib) * actualShare) / 100);
    return { maxMib, minMib, usedMib, actualMib, targetMib: actualMib, shares };
  });

const worldArbitrary = fc.record({
  guests: fc
    .array(guestArbitrary, { minLength: 1, maxLength: 6 })
    .map((list) => list.map((g, i) => ({ ...g, name: `g${i}` }))),
  roomPercent: fc.integer({ min: 60, max: 160 }),
  accounting: fc.constant("strict" as const),
});

function worldOf({ guests, roomPercent }: { guests: SmallGuest[]; roomPercent: number }): {
  world: SmallWorld;
  budgetMib: number;
} {
  const startMib = sum(guests, (g) => g.actualMib);
  const budgetMib = Math.max(startMib + 64, Math.floor((sum(guests, (g) => g.maxMib) * roomPercent) / 100));
  const world = new SmallWorld(
    guests.map((g) => ({ ...g })),
    settingsFor(budgetMib),
  );
  return { world, budgetMib };
}

/** A fixed seed: the same worlds each time, so that a failure is the change's. */
const RUNS = { numRuns: 500, seed: 20_261_123 };

describe("the policy, in any world", () => {
  it("keeps every target between guarantee and maximum", () => {
    fc.assert(
      fc.property(worldArbitrary, (shape) => {
        const { world } = worldOf(shape);
        world.run(20_000);
        for (const plan of world.plans) {
          for (const move of plan.moves) {
            const guest = world.guests.find(({ name }) => name === move.name);
            expect(move.toBytes).toBeGreaterThanOrEqual((guest?.minMib ?? 0) * MIB);
            expect(move.toBytes).toBeLessThanOrEqual((guest?.maxMib ?? 0) * MIB);
          }
        }
      }),
      RUNS,
    );
  });

  it("never promises more than the budget under strict accounting", () => {
    fc.assert(
      fc.property(worldArbitrary, (shape) => {
        const { world, budgetMib } = worldOf(shape);
        world.run(20_000, () => {
          expect(world.sumMib((g) => Math.max(g.actualMib, g.targetMib))).toBeLessThanOrEqual(budgetMib + 1);
        });
      }),
      RUNS,
    );
  });

  it("comes to rest under steady load, and turns no guest twice in 100 s", () => {
    fc.assert(
      fc.property(worldArbitrary, (shape) => {
        const { world } = worldOf(shape);
        world.run(100_000);
        const turns = new Map<string, number>();
        const direction = new Map<string, number>();
        for (const move of world.plans.flatMap((plan) => plan.moves)) {
          const now = Math.sign(move.toBytes - move.fromBytes);
          if (direction.has(move.name) && direction.get(move.name) !== now)
            turns.set(move.name, (turns.get(move.name) ?? 0) + 1);
          direction.set(move.name, now);
        }
        expect([...turns.values()].filter((count) => count > 1)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("starves no guest whose memory it may take, as long as all needs fit", () => {
    fc.assert(
      fc.property(worldArbitrary, (shape) => {
        const { world } = worldOf(shape);
        world.run(30_000);
        expect(world.starved).toEqual([]);
      }),
      RUNS,
    );
  });

  it("feeds a burst from idle guests faster than it grows, as long as all needs fit", () => {
    fc.assert(
      fc.property(worldArbitrary, fc.integer({ min: 10, max: 250 }), ({ guests }, mibPerSecond) => {
        const needs = guests.map((g, i) =>
          Math.max(g.minMib, i === 0 ? g.maxMib : Math.min(g.maxMib, g.usedMib + g.maxMib / 8 + 128)),
        );
        const budgetMib = Math.ceil(sum(needs, Number) * 1.2) + 512;
        const world = new SmallWorld(
          guests.map((g) => ({ ...g })),
          settingsFor(Math.max(budgetMib, sum(guests, (g) => g.actualMib) + 64)),
        );
        world.run(10_000);
        world.run(30_000, ({ guests: [first] }) => {
          if (first !== undefined) first.usedMib = Math.min(first.maxMib, first.usedMib + mibPerSecond / 10);
        });
        expect(world.starved).toEqual([]);
      }),
      RUNS,
    );
  });

  it("decides the same for the same input", () => {
    fc.assert(
      fc.property(worldArbitrary, ({ guests }) => {
        const facts = guests.map((g) => aGuest({ ...g, availableMib: g.actualMib - g.usedMib }));
        const snapshot = { nowMs: NOW, host: aHost(), guests: facts };
        const settings = settingsFor(2000);
        expect(decide(snapshot, emptyMemory(), settings)).toEqual(decide(snapshot, emptyMemory(), settings));
      }),
      RUNS,
    );
  });

  it("gives a guest never less for having more shares", () => {
    fc.assert(
      fc.property(worldArbitrary, fc.integer({ min: 100, max: 20_000 }), ({ guests }, capacity) => {
        const participants = guests.map((g) => ({
          shares: g.shares,
          minBytes: g.minMib,
          bareBytes: g.minMib,
          workingBytes: g.minMib,
          vitalBytes: g.minMib,
          floorBytes: Math.max(g.minMib, g.usedMib),
          wantBytes: Math.min(g.maxMib, Math.max(g.minMib, g.usedMib) + 50),
          maxBytes: g.maxMib,
        }));
        const more = participants.map((c, i) => (i === 0 ? { ...c, shares: c.shares * 2 } : c));
        const before = distribute(participants, capacity)[0] ?? 0;
        expect(distribute(more, capacity)[0] ?? 0).toBeGreaterThanOrEqual(before - 1);
      }),
      RUNS,
    );
  });
});
