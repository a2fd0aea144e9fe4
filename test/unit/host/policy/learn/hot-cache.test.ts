import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import { type CacheScene, learnHotCache } from "../../../../../host/src/policy/learn/hot-cache.ts";
import { type CacheMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";

function report(atMs: number, cacheMib: number, refaults: number): GuestReport {
  return {
    receivedAtMs: atMs,
    bootId: "boot",
    sampledAtMs: atMs,
    totalBytes: 512 * MIB,
    availableBytes: 256 * MIB,
    cacheBytes: cacheMib * MIB,
    refaultFilePagesTotal: refaults,
    pressure: "none",
  };
}

function after(
  samples: readonly [number, number, number][],
  scene: CacheScene = { regime: "scarce" as const, tested: true, served: true, worstMissesPerSecond: 0 },
): CacheMemory {
  return samples.reduce(
    (memory, [atMs, cacheMib, refaults]) =>
      learnHotCache(memory, report(atMs, cacheMib, refaults), scene, atMs),
    newGuestMemory(0).cache,
  );
}

/** A scene in which the estimate is put to the test and the guest has its floor. */
function sceneIn(regime: Regime, worstMissesPerSecond = 0): CacheScene {
  return { regime, tested: true, served: true, worstMissesPerSecond };
}

/** After one second in which so many pages of a cache of 200 MiB were missed. */
function missing(pages: number, scene: CacheScene): boolean {
  return after(
    [
      [1_000, 200, 0],
      [2_000, 200, pages],
    ],
    scene,
  ).missing;
}

describe("cache is missing", () => {
  it.each<[Regime, number]>([
    ["ample", 40],
    ["tight", 40],
    ["scarce", 100],
    ["critical", 100],
  ])("in a host that is %s from more than %i missed pages a second", (regime, most) => {
    expect(missing(most, sceneIn(regime))).toBe(false);
    expect(missing(most + 1, sceneIn(regime))).toBe(true);
  });

  it("beside a guest that misses far more from half of what that one misses, so that misses are balanced", () => {
    expect(missing(500, sceneIn("scarce", 1_000))).toBe(false);
    expect(missing(501, sceneIn("scarce", 1_000))).toBe(true);
    // While there is enough, each is judged by itself.
    expect(missing(41, sceneIn("tight", 1_000))).toBe(true);
  });

  it("by no counters read less than 0.4 s apart", () => {
    const of = (atMs: number) =>
      after([
        [1_000, 200, 0],
        [atMs, 200, 1_000],
      ]).missing;
    expect(of(1_399)).toBe(false);
    expect(of(1_400)).toBe(true);
  });
});

describe("the hot cache", () => {
  it("is first taken to be half of the cache", () => {
    expect(after([[1_000, 200, 0]]).hotBytes).toBe(100 * MIB);
  });

  it("grows at once to what was there before pages were missed, and more", () => {
    const memory = after([
      [1_000, 200, 0],
      [2_000, 180, 2_000],
    ]);
    expect(memory.hotBytes).toBeGreaterThanOrEqual(200 * MIB);
  });

  const QUIET: [number, number, number][] = [1, 12, 21, 30].map((s) => [s * 1_000, 200, 0]);

  it("is probed gently downwards while nothing is missed, in steps that double", () => {
    expect(after(QUIET.slice(0, 2)).hotBytes).toBe(92 * MIB);
    expect(after(QUIET.slice(0, 3)).hotBytes).toBe(76 * MIB);
    expect(after(QUIET).hotBytes).toBe(60 * MIB);
  });

  it("is not lowered below what a squeeze has tried", () => {
    expect(
      after(QUIET, { regime: "scarce" as const, tested: false, served: true, worstMissesPerSecond: 0 })
        .hotBytes,
    ).toBe(100 * MIB);
  });

  it("grows by missed pages of the size that the guest's kernel has", () => {
    const scene: CacheScene = { regime: "scarce", tested: true, served: true, worstMissesPerSecond: 0 };
    const hotBytes = (pageSizeBytes?: number) => {
      const page = pageSizeBytes === undefined ? {} : { pageSizeBytes };
      const first = learnHotCache(
        newGuestMemory(0).cache,
        { ...report(1_000, 200, 0), ...page },
        scene,
        1_000,
      );
      return learnHotCache(first, { ...report(2_000, 200, 16_000), ...page }, scene, 2_000).hotBytes ?? 0;
    };
    expect(hotBytes(65_536) - 100 * MIB).toBe(16 * (hotBytes(4096) - 100 * MIB));
    expect(hotBytes()).toBe(hotBytes(4096));
  });

  it("grows by four times what was missed: the pages around it are missed next", () => {
    const memory = after([
      [1_000, 200, 0],
      [2_000, 200, 16_000],
    ]);
    // 100 MiB believed, and 16,000 pages of 4 KiB missed.
    expect(memory.hotBytes).toBe((100 + 4 * 62.5) * MIB);
  });

  it("is probed by a 400th of a large cache at first, twice as much each time, up to 8 % of it", () => {
    const quiet = [1, 12, 21, 30, 39, 48, 57, 66].map((s): [number, number, number] => [
      s * 1_000,
      64_000,
      0,
    ]);
    const steps = quiet.map((_, i) => after(quiet.slice(0, i + 1)).probeBytes / MIB);
    expect(steps).toEqual([0, 160, 320, 640, 1280, 2560, 5120, 5120]);
  });

  it("is not probed again within 8 s: what was taken must have time to be missed", () => {
    const probed = after(QUIET.slice(0, 2));
    const at = (atMs: number) =>
      learnHotCache(probed, report(atMs, 200, 0), sceneIn("scarce"), atMs).hotBytes;
    expect(at(19_999)).toBe(probed.hotBytes);
    expect(at(20_000)).toBeLessThan(probed.hotBytes ?? 0);
  });

  it("is left alone after each missed probe for four times as long, from 100 s up to half an hour", () => {
    let memory = after([[1_000, 200, 0]]);
    const waitsMs: number[] = [];
    for (let i = 1; i <= 6; i++) {
      const atMs = 1_000 + i * 1_000;
      memory = learnHotCache(
        { ...memory, hotBytes: 100 * MIB },
        report(atMs, 200, i * 200),
        sceneIn("scarce"),
        atMs,
      );
      waitsMs.push(memory.nextProbeAtMs - atMs);
    }
    expect(waitsMs.map((ms) => ms / 1_000)).toEqual([100, 160, 640, 1800, 1800, 1800]);
  });

  it("is probed in spite of that while another guest misses more than twice as much as is bearable", () => {
    const missed = { ...after([...QUIET.slice(0, 2), [13_000, 192, 200]]), missing: false };
    const beside = (worst: number) =>
      learnHotCache(missed, report(30_000, 192, 200), sceneIn("scarce", worst), 30_000).hotBytes;
    expect(beside(200)).toBe(missed.hotBytes);
    expect(beside(201)).toBeLessThan(missed.hotBytes ?? 0);
  });

  it("is restored at once after a probe that was missed, and probed far less often then", () => {
    const missed = after([...QUIET.slice(0, 2), [13_000, 192, 200]]);
    expect(missed.hotBytes).toBeGreaterThanOrEqual(100 * MIB);
    expect(missed).toMatchObject({ missing: true, probeBytes: 0, nextProbeAtMs: 13_000 + 100_000 });
  });

  it("is searched by halves between what failed and what was enough, each step as late as the last failure bade", () => {
    const missed = after([...QUIET.slice(0, 2), [13_000, 200, 200]]);
    expect(missed).toMatchObject({ failedBytes: 92 * MIB, hotBytes: 200 * MIB });
    const scene = { regime: "scarce" as const, tested: true, served: true, worstMissesPerSecond: 0 };
    const probed = learnHotCache(missed, report(120_000, 200, 200), scene, 120_000);
    expect(probed).toMatchObject({ hotBytes: 146 * MIB, soundBytes: 200 * MIB });
    expect(probed.nextProbeAtMs).toBe(120_000 + missed.probeIntervalMs);
  });

  it("goes back to what was enough when the next step of the search is missed", () => {
    const found = { ...after(QUIET), hotBytes: 146 * MIB, soundBytes: 160 * MIB, failedBytes: 92 * MIB };
    const scene = { regime: "scarce" as const, tested: true, served: true, worstMissesPerSecond: 0 };
    const missed = learnHotCache(found, report(31_000, 200, 200), scene, 31_000);
    expect(missed).toMatchObject({ hotBytes: 160 * MIB, failedBytes: 146 * MIB });
  });

  it("judges misses by what they cost, however large the cache is", () => {
    const huge = after([
      [1_000, 64_000, 0],
      [2_000, 64_000, 120],
    ]);
    expect(huge.missing).toBe(true);
  });

  it("is probed anew when memory gets shorter than it was when a probe was missed", () => {
    const missed = after([...QUIET.slice(0, 2), [13_000, 192, 200]]);
    const critical = { regime: "critical" as const, tested: true, served: true, worstMissesPerSecond: 0 };
    const next = [14_000, 15_000].map((atMs) => report(atMs, 200, 200));
    const probed = next.reduce(
      (memory, sample) => learnHotCache(memory, sample, critical, sample.sampledAtMs),
      missed,
    );
    expect(probed.probeBytes).toBeGreaterThan(0);
  });

  it("is left alone while the host has plenty", () => {
    expect(
      after(QUIET, { regime: "ample" as const, tested: true, served: true, worstMissesPerSecond: 0 })
        .hotBytes,
    ).toBeGreaterThanOrEqual(100 * MIB);
  });

  it("comes slowly to be believed again while the host has plenty", () => {
    const probed = after(QUIET);
    const active = (atMs: number) => ({ ...report(atMs, 200, 0), activeCacheBytes: 180 * MIB });
    const later = [31_000, 331_000].reduce(
      (memory, atMs) =>
        learnHotCache(
          memory,
          active(atMs),
          { regime: "ample" as const, tested: false, served: true, worstMissesPerSecond: 0 },
          atMs,
        ),
      probed,
    );
    // 120 MiB more look hot. They come back exponentially, with a time constant of half an hour.
    expect((later.hotBytes ?? 0) / MIB).toBeCloseTo(60 + 120 * (1 - Math.exp(-1 / 6)), 0);
  });

  it("judges by major faults and swapping where the kernel counts no refaults", () => {
    const { refaultFilePagesTotal: _none, ...bare } = report(1_000, 200, 0);
    const scene = { regime: "scarce" as const, tested: true, served: true, worstMissesPerSecond: 0 };
    const first = learnHotCache(newGuestMemory(0).cache, { ...bare, majorFaultsTotal: 100 }, scene, 1_000);
    const next = { ...bare, sampledAtMs: 2_000, majorFaultsTotal: 900 };
    expect(learnHotCache(first, next, scene, 2_000).missing).toBe(true);
  });

  it("takes half of what was just read for the first time to be hot as well", () => {
    const memory = after([
      [1_000, 100, 0],
      [2_000, 200, 0],
    ]);
    expect(memory.hotBytes).toBe(100 * MIB);
  });

  it("begins with what the kernel saw used more than once, where it says so", () => {
    const first = { ...report(1_000, 200, 0), activeCacheBytes: 160 * MIB };
    expect(
      learnHotCache(
        newGuestMemory(0).cache,
        first,
        { regime: "ample" as const, tested: false, served: true, worstMissesPerSecond: 0 },
        1_000,
      ).hotBytes,
    ).toBe(160 * MIB);
  });

  it("does not grow on while what was lost is still coming back", () => {
    const cliff: [number, number, number][] = [
      [1_000, 200, 0],
      [2_000, 180, 3_000],
    ];
    const once = after(cliff);
    const refilling = after([...cliff, [3_000, 185, 6_000], [4_000, 190, 9_000]]);
    expect(refilling.hotBytes).toBe(once.hotBytes);
  });

  it("does not take a few stray refaults for thrashing", () => {
    const memory = after([
      [1_000, 200, 0],
      [2_000, 200, 20],
    ]);
    expect(memory.hotBytes).toBe(100 * MIB);
  });

  it("sees a cache that is being filled", () => {
    const memory = after([
      [1_000, 100, 0],
      [2_000, 150, 0],
    ]);
    expect(memory.filling).toBe(true);
  });

  it("is not being filled while it grows by less than a fiftieth a second", () => {
    const grown = (mib: number) =>
      after([
        [1_000, 200, 0],
        [2_000, mib, 0],
      ]).filling;
    expect(grown(204)).toBe(false);
    expect(grown(205)).toBe(true);
  });

  it("starts anew when the guest's clock went back, as after a reboot", () => {
    const memory = after([
      [100_000, 200, 50_000],
      [1_000, 20, 0],
    ]);
    expect(memory.missesPerSecond).toBe(0);
  });
});
