import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { guest, rest, work } from "../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { lostOf, lostShare } from "../../../bench/density/lost.ts";
import type { Look } from "../../../bench/real/track.ts";

/** A look each quarter of a second for 20 s, as `of` says for each second. */
function looks(of: (second: number) => Partial<Look>): Look[] {
  return Array.from({ length: 81 }, (_, i) => ({
    atMs: i * 250,
    running: true,
    kills: 0,
    anonBytes: 0,
    reads: 0,
    droppedReads: 0,
    totalBytes: 512 * MIB,
    availableBytes: 100 * MIB,
    refaultPages: 0,
    ...of(i / 4),
  }));
}

const reader = guest("cache", 512 * MIB, work({ anonBytes: 0, hotBytes: 100 * MIB, readsPerSecond: 1_000 }));
const job = guest(
  "batch",
  512 * MIB,
  work({ anonBytes: 0, touchBytesPerSecond: 50 * MIB }, { fromMs: 5_000, anonBytes: 100 * MIB }),
);

describe("what a guest lost of its work", () => {
  it("is nothing while reads are only late, however slow the machine is", () => {
    expect(
      lostOf(
        reader,
        looks((second) => ({ reads: 10 * second })),
        0,
        20_000,
      ),
    ).toEqual({
      busyMs: 20_000,
      lostMs: 0,
    });
  });

  it("is the time that dropped reads would have taken", () => {
    const dropped = looks((second) => ({ droppedReads: second < 10 ? 0 : 3_000 }));
    expect(lostOf(reader, dropped, 0, 20_000).lostMs).toBeCloseTo(3_000);
    expect(lostOf(reader, dropped, 0, 9_000).lostMs).toBe(0);
    expect(lostOf(reader, dropped, 12_000, 20_000)).toEqual({ busyMs: 8_000, lostMs: 0 });
  });

  it("is all of it while a killed program waits for its restart", () => {
    const killed = looks((second) => ({ running: second < 15, anonBytes: 100 * MIB }));
    expect(lostOf(job, killed, 0, 20_000).lostMs).toBeCloseTo(5_250);
  });

  it("is the time for which memory is late: after twice the time of touching it, and two seconds", () => {
    const inTime = looks((second) => ({ anonBytes: second < 10.75 ? 0 : 100 * MIB }));
    expect(lostOf(job, inTime, 0, 20_000).lostMs).toBe(0);
    // Due at 5 s + 4 s + 2 s.
    const late = looks((second) => ({ anonBytes: second < 14 ? 0 : 100 * MIB }));
    expect(lostOf(job, late, 0, 20_000).lostMs).toBeCloseTo(2_750);
  });

  it("is nothing of a guest that rests, which has no work", () => {
    const idle = guest("idle", 512 * MIB, rest(MIB));
    const killed = looks(() => ({ running: false }));
    expect(lostOf(idle, killed, 0, 20_000)).toEqual({ busyMs: 0, lostMs: 0 });
    expect(lostShare([lostOf(idle, killed, 0, 20_000)])).toBe(0);
  });

  it("counts among all guests' work", () => {
    expect(
      lostShare([
        { busyMs: 100, lostMs: 10 },
        { busyMs: 300, lostMs: 0 },
      ]),
    ).toBeCloseTo(0.025);
  });
});
