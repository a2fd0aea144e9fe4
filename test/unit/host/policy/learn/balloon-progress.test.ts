import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import {
  exclusion,
  type ProgressReport,
  watchProgress,
} from "../../../../../host/src/policy/learn/balloon-progress.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest } from "../../../../fakes/facts.ts";

/** What a tick sees of a balloon, in MiB. Without `resident` nothing is known of the guest's process. */
interface Tick {
  readonly atMs: number;
  readonly actual: number;
  readonly target: number;
  readonly resident?: number;
}

/** What was reported at each tick about the balloon of a guest of 1 GiB. */
function reports(ticks: readonly Tick[], maxMib = 1024): ProgressReport[] {
  const found: ProgressReport[] = [];
  for (const { atMs, actual, target, resident } of ticks) {
    const processMemory = { residentBytes: (resident ?? 0) * MIB, swappedBytes: 0 };
    const facts = aGuest({
      maxMib,
      actualMib: actual,
      targetMib: target,
      facts: resident === undefined ? {} : { processMemory },
    });
    const before = found.at(-1)?.memory ?? newGuestMemory(0).progress;
    found.push(watchProgress(before, facts, DEFAULT_TUNING, atMs));
  }
  return found;
}

function last(ticks: readonly Tick[], maxMib?: number): ProgressReport {
  return reports(ticks, maxMib).at(-1) as ProgressReport;
}

const still = (atMs: number): Tick => ({ atMs, actual: 1024, target: 900 });

describe("a balloon", () => {
  it("of which no target or no size is known is not judged", () => {
    const { progress } = newGuestMemory(0);
    const untold = watchProgress(progress, aGuest(), DEFAULT_TUNING, 1_000);
    expect(untold).toEqual({ memory: progress, stuck: false, unacknowledged: false, tookBackBytes: 0 });
  });

  it("has reached its target within 2 MiB: it is told nothing again and is not stuck", () => {
    const near = (actual: number) => [0, 6_000].map((atMs): Tick => ({ atMs, actual, target: 900 }));
    expect(last(near(902))).toMatchObject({ stuck: false, unacknowledged: false });
    expect(last(near(898))).toMatchObject({ stuck: false, unacknowledged: false });
    expect(last(near(903)).stuck).toBe(true);
    expect(last(near(897)).unacknowledged).toBe(true);
  });

  it("that had reached its target and stands more than 2 MiB above it took memory back unasked", () => {
    const after = (actual: number): readonly Tick[] => [
      { atMs: 0, actual: 900, target: 900 },
      { atMs: 1_000, actual, target: 900 },
    ];
    expect(last(after(902)).tookBackBytes).toBe(0);
    expect(last(after(903)).tookBackBytes).toBe(3 * MIB);
  });

  it("took nothing back where its target was lowered meanwhile", () => {
    const lowered = last([
      { atMs: 0, actual: 900, target: 900 },
      { atMs: 1_000, actual: 900, target: 800 },
    ]);
    expect(lowered.tookBackBytes).toBe(0);
  });

  it("that does not move is told its target again after 2 s", () => {
    expect(last([still(0), still(1_999)]).unacknowledged).toBe(false);
    expect(last([still(0), still(2_000)]).unacknowledged).toBe(true);
  });

  it("that does not move for more than 5 s while memory is taken is stuck, one that is given to is not", () => {
    expect(last([still(0), still(5_000)]).stuck).toBe(false);
    expect(last([still(0), still(5_001)])).toMatchObject({ stuck: true, unacknowledged: false });
    const given = (atMs: number): Tick => ({ atMs, actual: 600, target: 900 });
    expect(last([given(0), given(60_000)]).stuck).toBe(false);
  });

  it("moves where it moves by half a MiB from tick to tick, and does not by less", () => {
    const creeping = (stepMib: number) =>
      [0, 1, 2, 3, 4, 5, 6].map((i): Tick => ({ atMs: i * 1_000, actual: 1024 - i * stepMib, target: 900 }));
    expect(last(creeping(0.5)).stuck).toBe(false);
    expect(last(creeping(0.4)).stuck).toBe(true);
  });
});

describe("a stuck balloon", () => {
  /** How long taking waits each time, in seconds, where the balloon is found stuck so many times in a row. */
  function waits(times: number): number[] {
    const ticks: Tick[] = [];
    for (let i = 0; i < times; i++) {
      // A new target each time: only after another 5 s is the balloon stuck again.
      const target = 900 - 10 * i;
      ticks.push(
        { atMs: i * 10_000, actual: 1024, target },
        { atMs: i * 10_000 + 5_001, actual: 1024, target },
      );
    }
    return reports(ticks)
      .map(({ memory, stuck }) => (stuck ? ((memory.excludedUntilMs ?? 0) - (memory.atMs ?? 0)) / 1_000 : 0))
      .filter((seconds) => seconds > 0);
  }

  it("is left alone for 30 s, then tried again", () => {
    const { memory } = last([still(0), still(5_001)]);
    expect(exclusion(memory, 35_000)).toBe("stuck");
    expect(exclusion(memory, 35_001)).toBeUndefined();
  });

  it("is left alone twice as long each time that it is stuck again, up to 10 minutes", () => {
    expect(waits(7)).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  it("that reaches its target is trusted as before: the next wait is 30 s again", () => {
    const later = (atMs: number): Tick => ({ atMs, actual: 900, target: 800 });
    const { memory } = last([
      still(0),
      still(5_001),
      { atMs: 40_000, actual: 900, target: 900 },
      later(41_000),
      later(47_000),
    ]);
    expect(exclusion(memory, 76_999)).toBe("stuck");
    expect(exclusion(memory, 77_000)).toBeUndefined();
  });
});

describe("the speed of a balloon", () => {
  /** MiB a second that are believed after so much was taken within so long. 256 were assumed. */
  const believed = (takenMib: number, overMs: number) =>
    last([
      { atMs: 0, actual: 1024, target: 500 },
      { atMs: overMs, actual: 1024 - takenMib, target: 500 },
    ]).memory.inflateBytesPerSecond / MIB;

  it("goes three tenths of the way to what was just seen: one slow second does not stop taking", () => {
    expect(believed(156, 1_000)).toBe(226);
    expect(believed(456, 1_000)).toBe(316);
  });

  it("is learned from ticks that are a tenth of a second apart, and not from closer ones", () => {
    expect(believed(5, 100)).toBeLessThan(256);
    expect(believed(5, 99)).toBe(256);
  });

  it("is no less for small steps, each of which the balloon has made before the next look", () => {
    const steps = [1024, 1004, 984, 964].map((actual, i) => ({ atMs: i * 1_000, actual, target: actual }));
    const [, ...later] = steps;
    const told = [{ atMs: 0, actual: 1024, target: 1004 }, ...later];
    expect(last(told).memory.inflateBytesPerSecond / MIB).toBe(256);
    // A demand set the next target just before the look.
    const demanded = told.map(({ atMs, actual }) => ({ atMs, actual, target: actual - 20 }));
    expect(last(demanded).memory.inflateBytesPerSecond / MIB).toBe(256);
  });

  it("is at least what a balloon took that has arrived: it may have waited since", () => {
    const { memory } = last([
      { atMs: 0, actual: 1024, target: 624 },
      { atMs: 1_000, actual: 624, target: 624 },
    ]);
    expect(memory.inflateBytesPerSecond / MIB).toBe(400);
  });

  it("is not learned from a balloon that stands still", () => {
    expect(believed(0, 1_000)).toBe(256);
  });
});

describe("taking without effect", () => {
  /** Whether taking is found to be without effect when the process held so much before and after. */
  function isIneffective(takenMib: number, residentMib: readonly [number, number], maxMib = 1024): boolean {
    const [before, after] = residentMib;
    const target = maxMib - takenMib;
    const { memory } = last(
      [
        { atMs: 0, actual: maxMib, target, resident: before },
        { atMs: 1_000, actual: target, target, resident: after },
      ],
      maxMib,
    );
    return exclusion(memory, 1_000) === "ineffective";
  }

  it("is seen once 128 MiB were taken and the host's memory did not follow", () => {
    expect(isIneffective(127, [2000, 2000])).toBe(false);
    expect(isIneffective(128, [2000, 2000])).toBe(true);
  });

  it("is not suspected while the process holds no more than its guest, a fifth of its size and 256 MiB", () => {
    // 1024 - 200 + 256 + 0.2 x 1024 = 1284.8
    expect(isIneffective(200, [1284, 1284])).toBe(false);
    expect(isIneffective(200, [1285, 1285])).toBe(true);
    // 8192 - 200 + 256 + 0.2 x 8192 = 9886.4
    expect(isIneffective(200, [9886, 9886], 8192)).toBe(false);
    expect(isIneffective(200, [9887, 9887], 8192)).toBe(true);
  });

  it("is not suspected where a tenth of what was taken came back to the host", () => {
    expect(isIneffective(200, [2000, 1981])).toBe(true);
    expect(isIneffective(200, [2000, 1980])).toBe(false);
  });

  it("is judged anew from where the balloon gave memory back", () => {
    const ticks: readonly Tick[] = [
      { atMs: 0, actual: 900, target: 900, resident: 1500 },
      { atMs: 1_000, actual: 1024, target: 1024, resident: 1600 },
      { atMs: 2_000, actual: 900, target: 900, resident: 1600 },
    ];
    expect(last(ticks).memory.ineffective).toBe(false);
  });
});
