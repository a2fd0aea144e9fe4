import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { HostFacts } from "../../../../../host/src/model/host.ts";
import type { PolicySettings } from "../../../../../host/src/model/settings.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import type { GuestNeed } from "../../../../../host/src/policy/need/assess.ts";
import { entitlementsOf } from "../../../../../host/src/policy/share/entitlements.ts";
import type { Protection, TakingScene } from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { aNeed, aTakingScene } from "../../../../fakes/policy-scene.ts";

interface Sharing {
  readonly scene?: Partial<TakingScene>;
  readonly host?: Partial<HostFacts>;
  readonly protections?: readonly (Protection | undefined)[];
}

/** What each guest gets of a budget, in MiB: given up to `give`, taken down to `take`. */
function shared(guests: readonly GuestNeed[], settings: PolicySettings, sharing: Sharing = {}) {
  const { scene = {}, host = {}, protections = guests.map(() => undefined) } = sharing;
  const facts = aHost(host);
  const ledger = keepLedger(facts, guests, settings, NOW, 0);
  return entitlementsOf(facts, guests, ledger, aTakingScene(scene), protections).map((entitlement) => ({
    give: Math.round(entitlement.giveBytes / MIB),
    take: Math.round(entitlement.takeBytes / MIB),
  }));
}

/** Needs next to nothing. */
function idle(shape: GuestShape = {}, fixed: Partial<GuestNeed> = {}): GuestNeed {
  return aNeed(
    aGuest({ maxMib: 2000, minMib: 0, availableMib: 1990, ...shape }),
    { overheadBytes: 0 },
    fixed,
  );
}

/** Cannot do without so much. */
function needing(mib: number, shape: GuestShape = {}, fixed: Partial<GuestNeed> = {}): GuestNeed {
  const bytes = mib * MIB;
  const need = { bareBytes: bytes, vitalBytes: bytes, floorBytes: bytes, wantBytes: bytes };
  return idle(shape, { ...need, ...fixed });
}

describe("use that no process holds", () => {
  it("comes after others' floors beyond the fair share, though it is believed", () => {
    const facts = { processMemory: { residentBytes: 600 * MIB, swappedBytes: 0 } };
    const shares = (fairMib: number) => {
      const claiming = needing(800, { facts }, { usedBytes: 750 * MIB, doubtedBytes: 0 });
      const reading = needing(100, { name: "reader" }, { floorBytes: 500 * MIB, wantBytes: 500 * MIB });
      const scene = { regime: "critical", fairBytesPerShare: (fairMib * MIB) / 1000 } as const;
      // 1100 MiB for both: 64 are the reserve, of which 48 are for emergencies.
      return shared([claiming, reading], settingsFor(1116), { scene }).map(({ take }) => take);
    };
    // 150 of its 800 MiB are not held.
    expect(shares(300)).toEqual([650, 450]);
    expect(shares(800)).toEqual([800, 300]);
  });
});

describe("what a guest is entitled to", () => {
  it("leaves 10 % of the budget free before something is taken, and 15 % where it is given", () => {
    // Of 1064 MiB 64 are the reserve.
    expect(shared([idle()], settingsFor(1064))).toEqual([
      { give: Math.round(1000 - 159.6), take: Math.round(1000 - 106.4) },
    ]);
  });

  it("leaves guests no more to take unasked than 2.5 times what there is for it, and gives up to 1.75 times", () => {
    const facts = { processMemory: { residentBytes: 1000 * MIB, swappedBytes: 0 } };
    const shape = { maxMib: 20_000, availableMib: 19_990, report: { touchBytesPerSecond: MIB }, facts };
    const settings = settingsFor(4064, { accounting: "resident" });
    // 64 MiB of what is not held are expected to be drawn: 3000 MiB are there for what could be.
    expect(shared([idle(shape)], settings)).toEqual([{ give: 1000 + 5250, take: 1000 + 7500 }]);
  });

  it("is 3 % less of all targets while the host stalls on memory, and nothing is given on top", () => {
    const stalling = (psiSomeAvg10: number, actualMib = 2000) =>
      shared([idle({ actualMib, targetMib: actualMib })], settingsFor(8000), { host: { psiSomeAvg10 } });
    expect(stalling(4.9)).toEqual([{ give: 2000, take: 2000 }]);
    expect(stalling(5)).toEqual([{ give: 2000, take: 1940 }]);
    expect(stalling(4.9, 1000)).toEqual([{ give: 2000, take: 2000 }]);
    expect(stalling(5, 1000)).toEqual([{ give: 1000, take: 970 }]);
  });

  it("is what it has where it is left alone", () => {
    const manual = { targetBytes: 700 * MIB, sinceMs: NOW };
    const otherController = { sinceMs: NOW, sizeBytes: 700 * MIB };
    const has = { actualMib: 700, targetMib: 700 };
    const guests = [
      idle({ ...has, name: "none", shares: 0 }),
      idle({ ...has, name: "manual", facts: { manual } }),
      idle({ ...has, name: "other", facts: { otherController } }),
    ];
    expect(shared(guests, settingsFor(8000))).toEqual(guests.map(() => ({ give: 700, take: 700 })));
  });

  it("is at least what it has while nothing may be taken from it, so others are asked for the rest", () => {
    const guests = [idle({ name: "a" }), idle({ name: "b" })];
    const protections = [{ kind: "demanded" } as const, undefined];
    const [kept, other] = shared(guests, settingsFor(3264), { protections });
    expect(kept?.take).toBe(2000);
    expect(other?.take).toBe(Math.round(3200 - 326.4 - 2000));
  });
});

describe("when the host is critical", () => {
  const scene = { regime: "critical" } as const;
  const floors = (mib: number) =>
    shared([needing(mib, { name: "a" }), needing(mib, { name: "b" })], settingsFor(2064), { scene });

  it("no margin is left free", () => {
    expect(floors(900).map(({ take }) => take)).toEqual([1000, 1000]);
  });

  it("what was drawn from the emergency reserve is no debt: floors are not taken from for it", () => {
    // Guests in need may draw 48 of the 64 MiB.
    expect(floors(1020).map(({ take }) => take)).toEqual([1020, 1020]);
    expect(floors(1030).map(({ take }) => take)).toEqual([1024, 1024]);
  });
});

describe("when floors do not fit", () => {
  /** A reader of 400 MiB of cache, and a guest without any; both use 300 MiB, and their headroom is 300 MiB beyond that. */
  const keep = (budgetMib: number) => {
    const MORE = 300;
    const vital = { bareBytes: 300 * MIB, vitalBytes: (300 + MORE) * MIB };
    const reader = needing(700 + MORE, { name: "reader" }, { ...vital, hotCacheBytes: 400 * MIB });
    const quiet = needing(300 + MORE, { name: "quiet" }, vital);
    const scene = { regime: "critical", fairBytesPerShare: MIB } as const;
    return shared([reader, quiet], settingsFor(budgetMib), { scene }).map(({ take }) => take);
  };

  it("headroom goes before hot cache, which a guest would read again at once", () => {
    // 1112 MiB are to be had with the emergency reserve.
    expect(keep(1064 + 64)).toEqual([700, 1112 - 700]);
  });

  it("hot cache goes before what programs use", () => {
    expect(keep(800 + 64)).toEqual([848 - 300, 300]);
  });
});

describe("beyond its fair share of 1000 MiB", () => {
  /** What the second of two guests keeps when the host is critical: its programs use 500 MiB, its hot cache is 400. */
  const secondKeeps = (first: Partial<GuestNeed>) => {
    const second = needing(900, { name: "second" }, { bareBytes: 500 * MIB, vitalBytes: 500 * MIB });
    const guests = [needing(1500, { name: "first" }, first), second];
    return shared(guests, settingsFor(2064), { scene: { regime: "critical" } })[1]?.take;
  };

  it("what a guest uses comes before another's cache", () => {
    expect(secondKeeps({})).toBeLessThan(600);
  });

  it("nothing of a doubted guest comes before another's cache", () => {
    expect(secondKeeps({ doubtedBytes: MIB })).toBe(900);
  });

  it("headroom does not come before another's cache", () => {
    expect(secondKeeps({ bareBytes: 900 * MIB })).toBe(900);
  });
});
