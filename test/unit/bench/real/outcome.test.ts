import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { work } from "../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { summarize, verdict, workOf } from "../../../bench/real/outcome.ts";
import type { Look } from "../../../bench/real/track.ts";

const LOOK_MS = 250;

/** Looks over some seconds, as `of` says for each second (which may be a fraction). */
function looksOver(seconds: number, of: (second: number) => Partial<Look>): Look[] {
  return Array.from({ length: (seconds * 1000) / LOOK_MS + 1 }, (_, i) => ({
    atMs: i * LOOK_MS,
    running: true,
    kills: 0,
    anonBytes: 0,
    reads: 0,
    droppedReads: 0,
    totalBytes: 512 * MIB,
    availableBytes: 100 * MIB,
    refaultPages: 0,
    ...of((i * LOOK_MS) / 1000),
  }));
}

describe("a real guest's work", () => {
  const reading = work({ anonBytes: 0, hotBytes: 100 * MIB, readsPerSecond: 1_000 });

  it("is whole when as many reads were done as were wanted", () => {
    const { busyMs, doneMs } = workOf(
      looksOver(10, (second) => ({ reads: 1_000 * second })),
      reading,
    );
    expect(busyMs).toBe(10_000);
    expect(doneMs).toBeCloseTo(10_000);
  });

  it("is lost by the share of reads that were not done", () => {
    const { doneMs } = workOf(
      looksOver(10, (second) => ({ reads: 250 * second })),
      reading,
    );
    expect(doneMs).toBeCloseTo(2_500);
  });

  it("is lost while a killed program waits for its restart", () => {
    const { busyMs, doneMs } = workOf(
      looksOver(10, (second) => ({ running: second < 4, reads: 1_000 * Math.min(4, second) })),
      reading,
    );
    expect(busyMs).toBe(10_000);
    expect(doneMs).toBeLessThanOrEqual(4_000);
    expect(doneMs).toBeGreaterThanOrEqual(3_000);
  });

  it("counts memory that could not be touched at its speed, and nothing once all is touched", () => {
    const phases = work({ anonBytes: 100 * MIB, touchBytesPerSecond: 20 * MIB });
    const fast = looksOver(10, (second) => ({ anonBytes: Math.min(100, 20 * second) * MIB }));
    expect(workOf(fast, phases).doneMs).toBeCloseTo(10_000);
    const slow = looksOver(10, (second) => ({ anonBytes: 10 * second * MIB }));
    expect(workOf(slow, phases).doneMs).toBeLessThan(6_500);
  });

  it("is counted in busy phases only", () => {
    const phases = work({ anonBytes: 0, busy: false }, { fromMs: 6_000, busy: true });
    const { busyMs } = workOf(
      looksOver(10, () => ({})),
      phases,
    );
    expect(busyMs).toBe(4_000);
  });
});

describe("a prediction", () => {
  const guest = { name: "a", kills: 0, busyMs: 1_000, doneMs: 1_000, leastBytes: 200 * MIB };
  const real = summarize([guest, { ...guest, name: "b", busyMs: 0, doneMs: 0, leastBytes: 300 * MIB }]);

  it("sums up kills and work, and takes the smallest guest's size", () => {
    expect(real).toEqual({ kills: 0, doneShare: 1, leastBytes: 200 * MIB });
  });

  it("is confirmed when kills are the same and the rest is near", () => {
    expect(verdict(real, { kills: 0, doneShare: 0.97, leastBytes: 210 * MIB })).toBe("confirmed");
  });

  it("is told apart by what differs", () => {
    const off = { kills: 1, doneShare: 0.9, leastBytes: 250 * MIB };
    expect(verdict(real, off)).toBe("kills differ, throughput off by -10 points, size off by 25 %");
  });
});
