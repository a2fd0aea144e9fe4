import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import { Ballast } from "../../../../../host/src/simulate/controllers/ballast.ts";
import type { Scenario } from "../../../../../host/src/simulate/scenario.ts";
import { guest, host, seconds, work } from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";
import {
  OVERHEAD_BYTES,
  TESTBED_GUEST,
  TESTBED_HOST,
} from "../../../../../host/src/simulate/scenarios/testbed.ts";
import { World } from "../../../../../host/src/simulate/world/world.ts";

const FULL_BYTES = 900 * MIB;
const RESERVE_BYTES = 64 * MIB;
const DURATION_MS = seconds(150);
/** What its programs use and its hot cache: 140 and 150 MiB. */
const NEED_BYTES = 290 * MIB;

/** A guest reads 150 MiB at random from a slow disk; the budget leaves it little. The size that it wants, and its speed, second by second. */
function squeezed(leftMib: number): { readonly targetBytes: number; readonly speed: number }[] {
  const reader = guest(
    "reader",
    FULL_BYTES,
    work({ anonBytes: 5 * MIB, hotBytes: 150 * MIB, readsPerSecond: 8_000 }),
    { ...TESTBED_GUEST, missUs: 1e6 / 400, staleCacheBytes: 100 * MIB },
  );
  const scenario: Scenario = {
    ...{ name: "cliff", title: "", description: "", accounting: "resident" },
    ...{ durationMs: DURATION_MS, warmUpMs: 0, host: host(4096 * MIB, 0, TESTBED_HOST), guests: [reader] },
  };
  const ballast = new Ballast("resident", {
    budget: { kind: "bytes", bytes: leftMib * MIB + OVERHEAD_BYTES },
    reserve: { kind: "bytes", bytes: RESERVE_BYTES },
    tuning: { ...DEFAULT_TUNING, bootProtectMs: 1_000 },
  });
  const seen: { targetBytes: number; speed: number }[] = [];
  let doneMs = 0;
  new World(scenario, ballast, new Map([["reader", FULL_BYTES]])).run(1_000, ({ guests, nowMs }) => {
    for (const one of guests) {
      one.guest.advance(nowMs);
      seen.push({
        targetBytes: one.targetBytes ?? FULL_BYTES,
        speed: (one.guest.work.doneMs - doneMs) / 1_000,
      });
      doneMs = one.guest.work.doneMs;
    }
  });
  return seen;
}

describe("a hot cache for which there is room with the reserve for emergencies", () => {
  it.each([316, 300, 290])("is not sold for that reserve where the budget leaves %i MiB", (leftMib) => {
    const speeds = squeezed(leftMib).map(({ speed }) => speed);
    const meanSpeed = speeds.reduce((total, speed) => total + speed, 0) / speeds.length;
    expect(meanSpeed).toBeGreaterThan(0.95);
    expect(speeds.at(-1)).toBeGreaterThan(0.95);
  });

  it("is given back within two seconds after the guest fell over the cliff, as far as there is memory", () => {
    const seen = squeezed(300);
    const fellAt = seen.findIndex(({ speed }) => speed < 0.7);
    expect(fellAt).toBeGreaterThan(0);
    expect(seen[fellAt]?.targetBytes).toBeLessThan(NEED_BYTES - 20 * MIB);
    expect(seen[fellAt + 2]?.targetBytes).toBeGreaterThan(NEED_BYTES - 5 * MIB);
  });
});
