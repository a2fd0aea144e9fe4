import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { FRESH_EFFORT, learnEffort, mergeablePages } from "../../../../../host/src/policy/ksm/effort.ts";
import { aKsmGuest, aReading, saving } from "../../../../fakes/ksm-facts.ts";

const SECOND_NS = 1e9;
const begun = learnEffort(FRESH_EFFORT, saving(10 * MIB, { fullScans: 1 }), 0);

describe("what scanning costs and brings", () => {
  it("learns the price of a page from ksmd's time", () => {
    const busy = aReading({ pagesScanned: 1_000_000, ksmdCpuNs: 2 * SECOND_NS });
    let effort = learnEffort(FRESH_EFFORT, aReading(), 0);
    expect(effort.nsPerPage).toBe(1_400);
    for (let i = 1; i <= 20; i++) {
      const reading = { ...busy, pagesScanned: i * 1_000_000, ksmdCpuNs: i * 2 * SECOND_NS };
      effort = learnEffort(effort, reading, i * 10_000);
    }
    expect(effort.nsPerPage).toBeGreaterThan(1_990);
    expect(effort.cpuShare).toBeCloseTo(0.2);
  });

  it("believes one measurement by less than a third, so that a busy moment does not halve the pace", () => {
    const first = learnEffort(FRESH_EFFORT, aReading(), 0);
    const dear = aReading({ pagesScanned: 1_000_000, ksmdCpuNs: 2.4 * SECOND_NS });
    expect(learnEffort(first, dear, 10_000).nsPerPage).toBe(1_400 + 0.3 * 1_000);
  });

  it("learns nothing from a few pages, and from a thousand on what they cost", () => {
    const first = learnEffort(FRESH_EFFORT, aReading(), 0);
    const after = (pagesScanned: number) =>
      learnEffort(first, aReading({ pagesScanned, ksmdCpuNs: pagesScanned * 3_000 }), 10_000).nsPerPage;
    expect(after(900)).toBe(1_400);
    expect(after(1_500)).toBeGreaterThan(1_400);
  });

  it("judges full scans: bytes gained for each second, and how long one took", () => {
    const half = learnEffort(begun, saving(40 * MIB, { fullScans: 1, ksmdCpuNs: SECOND_NS }), 5_000);
    expect(half.yieldBytesPerCpuSecond).toBeUndefined();
    const whole = learnEffort(half, saving(50 * MIB, { fullScans: 3, ksmdCpuNs: 2 * SECOND_NS }), 20_000);
    expect(whole).toMatchObject({ yieldBytesPerCpuSecond: 20 * MIB, fullScanMs: 10_000 });
    expect(whole.fullScanCpuSeconds).toBe(1);
  });

  it("judges anew after everything was unmerged, when the kernel counts scans from 0 again", () => {
    const whole = learnEffort(begun, saving(50 * MIB, { fullScans: 9, ksmdCpuNs: 2 * SECOND_NS }), 20_000);
    const unmerged = learnEffort(whole, saving(0, { ksmdCpuNs: 2 * SECOND_NS }), 25_000);
    expect(unmerged.yieldBytesPerCpuSecond).toBeUndefined();
    expect(unmerged.fullScanCpuSeconds).toBeUndefined();
    const next = learnEffort(unmerged, saving(8 * MIB, { fullScans: 1, ksmdCpuNs: 4 * SECOND_NS }), 30_000);
    expect(next).toMatchObject({ yieldBytesPerCpuSecond: 4 * MIB, fullScanCpuSeconds: 2 });
  });

  it("knows a loss when more broke apart than was merged", () => {
    const worse = learnEffort(begun, saving(4 * MIB, { fullScans: 2, ksmdCpuNs: SECOND_NS }), 10_000);
    expect(worse.yieldBytesPerCpuSecond).toBe(-6 * MIB);
  });

  it("takes the assumed price where the kernel tells no time", () => {
    const { ksmdCpuNs: _time, ...untold } = saving(50 * MIB, { fullScans: 2, pagesScanned: 1_000_000 });
    const effort = learnEffort(begun, untold, 10_000);
    expect(effort).toMatchObject({ nsPerPage: 1_400, fullScanMs: 10_000 });
    expect(effort.yieldBytesPerCpuSecond).toBeUndefined();
  });
});

describe("pages that a full scan looks at", () => {
  it("are what KSM knows, or what mergeable guests hold when that is more", () => {
    const guests = [aKsmGuest({ residentBytes: 40 * MIB }), aKsmGuest({ merging: { on: false } })];
    expect(mergeablePages(aReading(), guests)).toBe((40 * MIB) / 4096);
    const known = aReading({ pagesShared: 1, pagesSharing: 20, pagesUnshared: 300, pagesVolatile: 40_000 });
    expect(mergeablePages(known, guests)).toBe(40_321);
  });
});
