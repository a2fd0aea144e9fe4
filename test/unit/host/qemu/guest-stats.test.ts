import { describe, expect, it } from "vitest";
import { parseGuestStats } from "../../../../host/src/qemu/guest-stats.ts";

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
