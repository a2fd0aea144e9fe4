import { describe } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { BalloonStats, GuestReport } from "../../../../../host/src/model/guest.ts";
import type * as seeing from "../../../../../host/src/policy/budget/seen-needs.ts";
import type * as hotCache from "../../../../../host/src/policy/learn/hot-cache.ts";
import type * as reclaiming from "../../../../../host/src/policy/learn/reclaim-activity.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import type * as balloonStats from "../../../../../host/src/policy/need/balloon-stats.ts";
import type * as beliefs from "../../../../../host/src/policy/need/belief.ts";
import type * as headrooms from "../../../../../host/src/policy/need/headroom.ts";
import type * as windows from "../../../../../host/src/policy/need/windows-floor.ts";
import type * as roomToBurst from "../../../../../host/src/policy/share/room-to-burst.ts";
import type * as saidLeast from "../../../../../host/src/policy/share/said-least.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, lived, remembering } from "./scene.ts";
import { eachIsNeeded, movedMib, type Policy, verdictOf, without } from "./switch.ts";

const holding = (mib: number) => ({ processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } });

describe("what a guest says of itself", () => {
  eachIsNeeded([
    {
      rule: "gains it nothing of others' floors where more than its process holds is claimed",
      off: without<typeof beliefs>("need/belief.ts", () => ({
        believe: (_facts, claimedBytes) => ({
          usedBytes: claimedBytes,
          doubtedBytes: 0,
          saidBytes: claimedBytes,
          contradicted: false,
        }),
      })),
      breach: (policy) => {
        const liar = aGuest({ maxMib: 2048, actualMib: 1024, availableMib: 0, facts: holding(300) });
        const honest = aGuest({ name: "honest", actualMib: 600, availableMib: 128 });
        const { regime } = decideOn(policy, [liar, honest], settingsFor(1300));
        return regime === "critical" ? "all guests are to give of their floors for a claim" : undefined;
      },
      otherwise: "all guests are to give of their floors for a claim",
    },
    {
      rule: "keeps it what it says it uses, though the host cannot see it (a pool of huge pages)",
      off: without<typeof saidLeast>("share/said-least.ts", () => ({ saidLeastBytes: () => 0 })),
      breach: (policy) => {
        const pooled = { maxMib: 1536, usedMib: 1122, facts: holding(460) };
        const idle = { maxMib: 1536, actualMib: 1400, usedMib: 700 };
        const left = lived(policy, { pooled, idle }, settingsFor(2700), 60).at(-1)?.["pooled"] ?? 0;
        return left < 1122 ? "it is taken below what it says it uses" : undefined;
      },
      otherwise: "it is taken below what it says it uses",
    },
    {
      rule: "counts for nothing for a minute after its own balloon driver contradicted it",
      off: without<typeof beliefs>("need/belief.ts", () => ({ wasContradicted: () => false })),
      breach: (policy) => {
        const liar = aGuest({
          maxMib: 1024,
          actualMib: 1000,
          targetMib: 1000,
          availableMib: 0,
          facts: holding(300),
        });
        const memory = remembering({ g1: { contradictedAtMs: NOW - 20_000 } });
        const plan = decideOn(
          policy,
          [liar, aGuest({ name: "other", availableMib: 40 })],
          settingsFor(1950),
          memory,
        );
        return movedMib(plan, "g1") < 0 ? undefined : "a guest that was caught lying keeps what it claims";
      },
      otherwise: "a guest that was caught lying keeps what it claims",
    },
  ]);
});

describe("what a guest says of its growth", () => {
  /** A guest that claims room to grow which its host does not see, beside one with its fair share. */
  const beside = (policy: Policy, report: Partial<GuestReport>, availableMib = 200) => {
    const shape = { maxMib: 4096, actualMib: 1300 + availableMib, availableMib, facts: holding(1300) };
    const grower = aGuest({ ...shape, report });
    const honest = aGuest({ name: "honest", actualMib: 700, availableMib: 128, facts: holding(700) });
    const known = { growth: { ...newGuestMemory(0).growth, claimedSinceMs: NOW - 20_000, claimedAtMs: NOW } };
    const settings = settingsFor(1950 + availableMib);
    return decideOn(policy, [grower, honest], settings, remembering({ g1: known }));
  };
  eachIsNeeded([
    {
      rule: "gains it nothing of others' floors where the host does not see it",
      off: without<typeof seeing>("budget/seen-needs.ts", () => ({ seenNeeds: (guests) => guests })),
      breach: (policy) => {
        const plan = beside(policy, { growthBytesPerSecond: 900 * MIB });
        const { entitledBytes = 0, floorBytes = 0 } = verdictOf(plan, "honest");
        return entitledBytes < floorBytes ? "an honest guest is to give of its floor for a claim" : undefined;
      },
      otherwise: "an honest guest is to give of its floor for a claim",
    },
    {
      rule: "makes no host critical by watermarks without bound",
      off: without<typeof headrooms>("need/headroom.ts", ({ headroom }) => ({
        headroom: (facts, report, ...rest) =>
          Math.max(headroom(facts, report, ...rest), report.watermarkReserveBytes ?? 0),
      })),
      breach: (policy) => {
        const { regime } = beside(policy, { watermarkReserveBytes: 2000 * MIB }, 700);
        return regime === "critical" ? "not all floors are said to fit" : undefined;
      },
      otherwise: "not all floors are said to fit",
    },
  ]);
});

describe("a guest's cache", () => {
  const read = (afterMs: number, refaults: number): Partial<GuestReport> => ({
    sampledAtMs: NOW + afterMs,
    activeCacheBytes: 100 * MIB,
    refaultFilePagesTotal: refaults,
  });
  eachIsNeeded([
    {
      rule: "comes back at once when what was taken of it is read again",
      off: without<typeof hotCache>("learn/hot-cache.ts", () => ({ learnHotCache: (memory) => memory })),
      breach: (policy) => {
        const cache = {
          ...newGuestMemory(0).cache,
          sampledAtMs: NOW - 1_000,
          hotBytes: 100 * MIB,
          cacheBytes: 100 * MIB,
          quietBytes: 100 * MIB,
          missedPagesTotal: 0,
        };
        const known = { cache, floorBytes: 500 * MIB };
        const reader = aGuest({
          actualMib: 500,
          targetMib: 500,
          availableMib: 164,
          cacheMib: 100,
          report: read(0, 5_000),
        });
        const plan = decideOn(policy, [reader], settingsFor(640), remembering({ g1: known }));
        return movedMib(plan, "g1") > 0 ? undefined : "it misses 5000 pages a second and gets nothing";
      },
      otherwise: "it misses 5000 pages a second and gets nothing",
    },
  ]);
});

describe("a guest without agent", () => {
  const silent = (stats: Partial<BalloonStats>, actualMib = 1024) =>
    aGuest({
      name: "silent",
      maxMib: 3072,
      actualMib,
      targetMib: actualMib,
      report: null,
      facts: { stats: { updatedAtMs: NOW, ...stats } },
    });
  eachIsNeeded([
    {
      rule: "keeps room for a burst, since it cannot demand",
      off: without<typeof roomToBurst>("share/room-to-burst.ts", () => ({
        keepRoomToBurst: (guests) => guests,
      })),
      breach: (policy) => {
        const guest = silent({ availableBytes: 1200 * MIB }, 1500);
        const { floorBytes = 0 } = verdictOf(
          decideOn(policy, [guest, aGuest({ maxMib: 2048 })], settingsFor(3200)),
          "silent",
        );
        return floorBytes < 1400 * MIB ? "less than its share of a static split is left to it" : undefined;
      },
      otherwise: "less than its share of a static split is left to it",
    },
    {
      rule: "uses what it swapped out, though that looks available",
      off: without<typeof reclaiming>("learn/reclaim-activity.ts", () => ({ learnReclaim: () => undefined })),
      breach: (policy) => {
        const before = { swapOutBytesTotal: 0, updatedAtMs: NOW - 1_000 };
        const reclaim = {
          stats: before,
          swapOutBytesPerSecond: 0,
          swapInBytesPerSecond: 0,
          directBytesPerSecond: 0,
          backgroundBytesPerSecond: 0,
          stallsPerSecond: 0,
          majorFaultsPerSecond: 0,
          swappedBytes: 0,
        };
        const guest = silent({ availableBytes: 600 * MIB, swapOutBytesTotal: 300 * MIB });
        const plan = decideOn(policy, [guest], settingsFor(4096), remembering({ silent: { reclaim } }));
        return verdictOf(plan, "silent").usedBytes === 724 * MIB
          ? undefined
          : "300 MiB in its swap count as idle";
      },
      otherwise: "300 MiB in its swap count as idle",
    },
    {
      rule: "with Windows in it is judged by what its driver calls free, not by what that calls available",
      off: without<typeof balloonStats>("need/balloon-stats.ts", ({ blindFigures }) => ({
        blindFigures: (stats) => blindFigures(stats, "linux"),
      })),
      breach: (policy) => {
        const guest = silent(
          { freeBytes: 400 * MIB, availableBytes: 600 * MIB, cacheBytes: 400 * MIB },
          2048,
        );
        const { availableBytes } = verdictOf(decideOn(policy, [guest], settingsFor(8192)), "silent");
        return availableBytes === 400 * MIB ? undefined : "half of its cache counts twice";
      },
      otherwise: "half of its cache counts twice",
    },
  ]);
});

describe("a guest with Windows", () => {
  eachIsNeeded([
    {
      rule: "keeps what its system needs, however little its programs use",
      off: without<typeof windows>("need/windows-floor.ts", () => ({ windowsFloorBytes: () => 0 })),
      breach: (policy) => {
        const facts = {
          agent: { connected: true, transport: "virtio-serial" as const, osFamily: "windows" as const },
        };
        const desktop = { maxMib: 4096, usedMib: 400, facts };
        const left = lived(policy, { desktop }, settingsFor(1650), 60).at(-1)?.["desktop"] ?? 0;
        return left * MIB < 1.5 * GIB ? "it is taken below 1.5 GiB" : undefined;
      },
      otherwise: "it is taken below 1.5 GiB",
    },
  ]);
});
