import { describe, expect, it } from "vitest";
import { advanceStatsClock, statsAreFresh } from "../../../../host/src/balloon/stats-clock.ts";

describe("the age of statistics", () => {
  it("is converted from the wall clock to the broker's", () => {
    expect(advanceStatsClock(undefined, 100, 5_000, 101_500)).toEqual({
      lastUpdateSeconds: 100,
      updatedAtMs: 3_500,
      seenAtMs: 5_000,
    });
  });

  it("is zero when the wall clock was set back", () => {
    expect(advanceStatsClock(undefined, 100, 5_000, 50_000).updatedAtMs).toBe(5_000);
  });

  it("stays for an answer already seen, whatever the wall clock does", () => {
    const first = advanceStatsClock(undefined, 100, 5_000, 100_000);
    expect(advanceStatsClock(first, 100, 7_000, 999_000).updatedAtMs).toBe(5_000);
  });

  it("of a new answer is at most the time since the last look", () => {
    const first = advanceStatsClock(undefined, 100, 5_000, 100_000);
    expect(advanceStatsClock(first, 102, 7_000, 3_600_000).updatedAtMs).toBe(5_000);
  });

  it("ends their use after three missed intervals and the second of resolution", () => {
    const clock = { lastUpdateSeconds: 100, updatedAtMs: 1_000, seenAtMs: 1_000 };
    expect(statsAreFresh(clock, 2, 8_000)).toBe(true);
    expect(statsAreFresh(clock, 2, 8_001)).toBe(false);
    expect(statsAreFresh(clock, 10, 32_000)).toBe(true);
  });
});
