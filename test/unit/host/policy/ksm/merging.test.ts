import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmGuest, KsmSnapshot } from "../../../../../host/src/model/ksm.ts";
import {
  FRESH_MERGING,
  judgeMerging,
  type MergingMemory,
  unsettled,
} from "../../../../../host/src/policy/ksm/merging.ts";
import { aKsmGuest, aKsmSnapshot, aReading, KSM_NOW_MS } from "../../../../fakes/ksm-facts.ts";

const NONE: ReadonlySet<number> = new Set();

function judge(
  guests: readonly KsmGuest[],
  given: {
    readonly trust?: string;
    readonly ours?: readonly number[];
    readonly memory?: MergingMemory;
    readonly snapshot?: Partial<KsmSnapshot>;
    readonly byProfit?: boolean;
  } = {},
) {
  const snapshot = aKsmSnapshot({ guests, ...given.snapshot });
  const settings = given.trust === undefined ? {} : { trust: given.trust };
  const ours = given.ours === undefined ? NONE : new Set(given.ours);
  return judgeMerging(snapshot, given.memory ?? FRESH_MERGING, settings, ours, given.byProfit ?? true);
}

const a1 = aKsmGuest({ name: "a1", trust: "a", processId: 1, residentBytes: GIB });
const a2 = aKsmGuest({ name: "a2", trust: "a", processId: 2, residentBytes: GIB });
const b1 = aKsmGuest({ name: "b1", trust: "b", processId: 3, residentBytes: 3 * GIB });

describe("trust", () => {
  it("lets all share that have one label", () => {
    expect(judge([a1, a2]).verdicts).toEqual([
      { name: "a1", reason: "merged" },
      { name: "a2", reason: "merged" },
    ]);
  });

  it("lets only the label with most memory share, and keeps to it when others grow", () => {
    const { verdicts, memory } = judge([a1, a2, b1]);
    expect(verdicts).toEqual([
      { name: "a1", reason: "other-trust", switchTo: false },
      { name: "a2", reason: "other-trust", switchTo: false },
      { name: "b1", reason: "merged" },
    ]);
    const grown = { ...a1, residentBytes: 9 * GIB };
    expect(judge([grown, a2, b1], { memory }).verdicts.map(({ reason }) => reason)).toEqual([
      "other-trust",
      "other-trust",
      "merged",
    ]);
    expect(judge([a1, a2], { memory, ours: [1, 2] }).verdicts.map(({ reason }) => reason)).toEqual([
      "merged",
      "merged",
    ]);
  });

  it("goes by the label that the admin names", () => {
    expect(judge([a1, b1], { trust: "a" }).verdicts[1]).toMatchObject({ name: "b1", switchTo: false });
  });

  it("is unsettled while a guest that must not share is not known to be apart", () => {
    const apart = { ...a1, merging: { on: false } };
    const { merging: _untold, ...silent } = a2;
    const guests = [apart, silent, b1];
    expect(unsettled(guests, judge(guests).verdicts)).toEqual(["a2"]);
    expect(unsettled([apart, b1], judge([apart, b1]).verdicts)).toEqual([]);
  });
});

describe("a guest's merging", () => {
  it("is not switched where it is fixed while the guest runs", () => {
    const fixed = { ...b1, merging: { on: true, isFixed: true } };
    expect(judge([a1, fixed], { trust: "a" }).verdicts[1]).toEqual({ name: "b1", reason: "other-trust" });
  });

  it("stays off where it was found off, and comes back where the broker switched it off", () => {
    const off = { ...a1, merging: { on: false } };
    expect(judge([off]).verdicts).toEqual([{ name: "a1", reason: "off-as-found" }]);
    expect(judge([off], { ours: [1] }).verdicts).toEqual([{ name: "a1", reason: "merged", switchTo: true }]);
  });

  it.each(["shared-memory", "hugepages", "no-backend", "not-mergeable"] as const)(
    "is impossible for a reason that is told: %s",
    (obstacle) => {
      const guest = { ...a1, merging: { on: true, obstacle } };
      expect(judge([guest]).verdicts).toEqual([{ name: "a1", reason: obstacle }]);
    },
  );
});

describe("a guest that costs more than it shares", () => {
  const loser = aKsmGuest({
    processId: 7,
    process: { mergingPages: 100, rmapItems: 100_000, profitBytes: -5 * MIB },
  });
  const seen = judge([loser]).memory;
  const afterScans = (fullScans: number) => ({ reading: aReading({ fullScans }) });

  it("is switched off, but not before four scans", () => {
    expect(judge([loser], { memory: seen, snapshot: afterScans(3) }).verdicts[0]?.reason).toBe("merged");
    expect(judge([loser], { memory: seen, snapshot: afterScans(4) }).verdicts).toEqual([
      { name: "web1", reason: "no-profit", switchTo: false },
    ]);
  });

  it("is known by its records as well, where they are 64 for each merged page", () => {
    const slight = aKsmGuest({ processId: 7, process: { mergingPages: 100, rmapItems: 6_401 } });
    expect(judge([slight], { memory: seen, snapshot: afterScans(4) }).verdicts[0]?.reason).toBe("no-profit");
    const fine = aKsmGuest({ processId: 7, process: { mergingPages: 100, rmapItems: 6_400 } });
    expect(judge([fine], { memory: seen, snapshot: afterScans(4) }).verdicts[0]?.reason).toBe("merged");
  });

  it("is left alone where there is no room to take its pages apart", () => {
    const host = { totalBytes: GIB, availableBytes: 100 * 4096 };
    const snapshot = { ...afterScans(4), host };
    expect(judge([loser], { memory: seen, snapshot }).verdicts[0]?.reason).toBe("merged");
  });

  it("is left alone in modes that do not go by yield", () => {
    const given = { memory: seen, snapshot: afterScans(4), byProfit: false };
    expect(judge([loser], given).verdicts[0]?.reason).toBe("merged");
  });

  it("stays off, is tried again after six hours, and judged anew then", () => {
    const { memory } = judge([loser], { memory: seen, snapshot: afterScans(4) });
    const off = { ...loser, merging: { on: false } };
    const later = (hours: number) => ({ ...afterScans(9), nowMs: KSM_NOW_MS + hours * 3_600_000 });
    const still = judge([off], { memory, ours: [7], snapshot: later(5) });
    expect(still.verdicts).toEqual([{ name: "web1", reason: "no-profit" }]);
    const again = judge([off], { memory: still.memory, ours: [7], snapshot: later(6) });
    expect(again.verdicts).toEqual([{ name: "web1", reason: "merged", switchTo: true }]);
  });
});
