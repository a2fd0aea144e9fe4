import { describe, expect, it } from "vitest";
import { advanceStatsClock, parseGuestStats, statsAreFresh } from "../../../../host/src/qemu/guest-stats.ts";

const UNSET = 18446744073709552000;

describe("guest statistics", () => {
  it("maps what the driver reported and leaves out what it did not", () => {
    const stats = {
      "last-update": 1_700_000_000,
      stats: {
        "stat-free-memory": 1,
        "stat-available-memory": 2,
        "stat-total-memory": 3,
        "stat-disk-caches": 0,
        "stat-major-faults": 5,
        "stat-swap-in": UNSET,
        "stat-swap-out": 10,
        "stat-alloc-stalls": 11,
        "stat-async-scans": 12,
        "stat-direct-scans": 13,
        "stat-async-reclaims": 14,
        "stat-direct-reclaims": 15,
        "stat-oom-kills": 7,
        "stat-htlb-pgalloc": 9,
      },
    };
    expect(parseGuestStats(stats)).toEqual({
      lastUpdateSeconds: 1_700_000_000,
      values: {
        freeBytes: 1,
        availableBytes: 2,
        totalBytes: 3,
        cacheBytes: 0,
        majorFaultsTotal: 5,
        swapOutBytesTotal: 10,
        allocationStallsTotal: 11,
        asyncScanBytesTotal: 12,
        directScanBytesTotal: 13,
        asyncReclaimBytesTotal: 14,
        directReclaimBytesTotal: 15,
        oomKillsTotal: 7,
      },
    });
  });

  it("knows a driver that never answered by its last update of 0", () => {
    expect(parseGuestStats({ "last-update": 0, stats: { "stat-free-memory": UNSET } })).toEqual({
      values: {},
    });
  });

  it.each([null, undefined, 17, "x", [], { stats: 3 }, { stats: { "stat-free-memory": "1" } }])(
    "takes %j for nothing at all",
    (untrustedStats) => {
      expect(parseGuestStats(untrustedStats)).toEqual({ values: {} });
    },
  );
});

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
