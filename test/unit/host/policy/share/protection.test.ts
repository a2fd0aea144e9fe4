import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { type GuestMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import type { GuestNeed } from "../../../../../host/src/policy/need/assess.ts";
import {
  isLasting,
  isNeededElsewhere,
  protectionFromTaking,
  takingScene,
} from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { aNeed, aTakingScene } from "../../../../fakes/policy-scene.ts";

/** Why nothing may be taken from a guest that has 600 MiB, of a fair share of 1000. */
function protectedAs(shape: GuestShape, memory: Partial<GuestMemory> = {}, regime: Regime = "tight") {
  const guest = aNeed(aGuest({ actualMib: 600, ...shape }), memory);
  return protectionFromTaking(guest, aTakingScene({ regime }))?.kind;
}

describe("a guest that demanded", () => {
  const demanded = (agoMs: number, regime: Regime, actualMib = 600) =>
    protectedAs({ actualMib }, { motion: { demandAtMs: NOW - agoMs } }, regime);

  it("is not taken from for 30 s", () => {
    expect(demanded(29_999, "tight")).toBe("demanded");
    expect(demanded(30_000, "tight")).toBeUndefined();
  });

  it("is not taken from for 10 s in a shortage", () => {
    expect(demanded(9_999, "scarce")).toBe("demanded");
    expect(demanded(10_000, "scarce")).toBeUndefined();
  });

  it("is taken from in a shortage where it has more than its fair share, and when the host is critical", () => {
    expect(demanded(0, "scarce", 1000)).toBe("demanded");
    expect(demanded(0, "scarce", 1001)).toBeUndefined();
    expect(demanded(0, "tight", 1001)).toBe("demanded");
    expect(demanded(0, "critical")).toBeUndefined();
  });
});

describe("a guest is not taken from", () => {
  it("while it feels pressure, in a shortage up to its fair share", () => {
    const report = { pressure: "low" } as const;
    expect(protectedAs({ report })).toBe("under-pressure");
    expect(protectedAs({ report }, {}, "scarce")).toBe("under-pressure");
    expect(protectedAs({ report, actualMib: 1001 }, {}, "scarce")).toBeUndefined();
  });

  it.each<[string, string, GuestShape, Partial<GuestMemory>]>([
    ["it grows", "growing", { report: { growthBytesPerSecond: MIB } }, {}],
    ["its cache fills", "cache-filling", {}, { cache: { ...newGuestMemory(0).cache, filling: true } }],
    [
      "it was given memory within 100 s",
      "turned",
      {},
      { motion: { direction: "up", movedAtMs: NOW - 99_999 } },
    ],
  ])("while %s, unless there is a shortage", (_, kind, shape, memory) => {
    expect(protectedAs(shape, memory)).toBe(kind);
    expect(protectedAs(shape, memory, "scarce")).toBeUndefined();
  });

  it("for longer than that after it was given memory, nor after it was taken from", () => {
    expect(protectedAs({}, { motion: { direction: "up", movedAtMs: NOW - 100_000 } })).toBeUndefined();
    expect(protectedAs({}, { motion: { direction: "down", movedAtMs: NOW } })).toBeUndefined();
  });

  it("in its first minute; in a shortage an agent that reports shows that it has booted", () => {
    const report = { sampledAtMs: 59_999 };
    expect(protectedAs({ report })).toBe("booting");
    expect(protectedAs({ report: { sampledAtMs: 60_000 } })).toBeUndefined();
    expect(protectedAs({ report }, {}, "scarce")).toBeUndefined();
    const stats = { availableBytes: 300 * MIB, updatedAtMs: NOW };
    const silent = { report: null, facts: { bootSeenAtMs: NOW - 1_000, stats } };
    expect(protectedAs(silent, {}, "critical")).toBe("booting");
  });

  it("in its first minute beyond its fair share, unless another guest is failing", () => {
    const stats = { availableBytes: 300 * MIB, updatedAtMs: NOW };
    const facts = { bootSeenAtMs: NOW - 1_000, stats };
    const why = (actualMib: number, regime: Regime, failing: boolean) =>
      protectionFromTaking(
        aNeed(aGuest({ actualMib, report: null, facts })),
        aTakingScene({ regime, failing }),
      )?.kind;
    expect(why(1001, "scarce", false)).toBe("booting");
    expect(why(1001, "tight", true)).toBe("booting");
    expect(why(1000, "scarce", true)).toBe("booting");
    expect(why(1001, "scarce", true)).toBeUndefined();
    expect(why(1001, "critical", false)).toBeUndefined();
  });

  it("while nothing is known of it, or no longer", () => {
    expect(protectedAs({ report: null })).toBe("no-information");
    expect(protectedAs({ report: { receivedAtMs: NOW - 60_000 } })).toBe("stale-report");
    expect(protectedAs({ report: null }, { hadAgent: true })).toBe("agent-lost");
  });

  it("while its balloon cannot inflate or did not follow, in any regime", () => {
    expect(protectedAs({ facts: { inhibitions: ["vfio"] } }, {}, "critical")).toBe("inhibited");
    const progress = { ...newGuestMemory(0).progress, excludedUntilMs: NOW + 1 };
    expect(protectedAs({}, { progress }, "critical")).toBe("stuck");
    expect(protectedAs({}, { progress: { ...progress, ineffective: true } })).toBe("ineffective");
    expect(protectedAs({}, { progress: { ...progress, excludedUntilMs: NOW } })).toBeUndefined();
  });
});

describe("why a guest is not taken from", () => {
  it("is told even while nothing would be taken where it lasts", () => {
    expect(isLasting({ kind: "stuck" })).toBe(true);
    expect(isLasting({ kind: "under-pressure" })).toBe(false);
  });

  it("is told with the time that is left", () => {
    const of = (guest: GuestNeed) => protectionFromTaking(guest, aTakingScene())?.detail;
    expect(of(aNeed(aGuest({ report: { sampledAtMs: 30_000 } })))).toBe("booting, for 30 s more");
    const progress = { ...newGuestMemory(0).progress, excludedUntilMs: NOW + 20_000 };
    expect(of(aNeed(aGuest(), { progress }))).toBe("tried again in 20 s");
  });
});

describe("the scene of a decision", () => {
  /** On a host with a budget of 2064 MiB, of which 64 are the reserve. */
  const sceneOf = (guests: readonly GuestNeed[], availableMib = 8192) => {
    const settings = settingsFor(2064);
    const ledger = keepLedger(aHost({ availableBytes: availableMib * MIB }), guests, settings, NOW, 0);
    return takingScene(ledger, guests, "scarce", settings, NOW);
  };
  const guest = (name: string, fixed: Partial<GuestNeed> = {}) =>
    aNeed(aGuest({ name, actualMib: 900 }), {}, fixed);

  it("divides the budget by shares", () => {
    const heavy = aNeed(aGuest({ name: "heavy", actualMib: 900, shares: 3000 }));
    expect(sceneOf([guest("a"), heavy]).fairBytesPerShare).toBe((2064 * MIB) / 4000);
  });

  it("is that a guest is failing which has less than its programs use, or is owed memory", () => {
    expect(sceneOf([guest("a")]).failing).toBe(false);
    expect(sceneOf([guest("a", { bareBytes: 901 * MIB })]).failing).toBe(true);
    const owed = { owed: { bytes: MIB, atMs: NOW } };
    expect(sceneOf([aNeed(aGuest({ actualMib: 900 }), owed)]).failing).toBe(true);
  });

  it("is not failing for a debt that is patient", () => {
    const owed = { owed: { bytes: MIB, atMs: NOW, isPatient: true } };
    expect(sceneOf([aNeed(aGuest({ actualMib: 900 }), owed)]).failing).toBe(false);
  });

  it("names the guests that are failing, miss their cache or have less than their floor", () => {
    const missing = { cache: { ...newGuestMemory(0).cache, missing: true } };
    const guests = [
      guest("served"),
      guest("failing", { bareBytes: 901 * MIB }),
      guest("below", { floorBytes: 909 * MIB }),
      guest("nearly", { floorBytes: 908 * MIB }),
      aNeed(aGuest({ name: "missing", actualMib: 900 }), missing),
      aNeed(aGuest({ name: "excluded", actualMib: 900, shares: 0 }), missing),
    ];
    const { needy } = sceneOf(guests);
    expect([...needy]).toEqual(["failing", "below", "missing"]);
    const elsewhere = (name: string, of: ReadonlySet<string>, hostShort = false) =>
      isNeededElsewhere(guest(name), aTakingScene({ needy: of, hostShort }));
    expect(elsewhere("served", needy)).toBe(true);
    expect(elsewhere("below", new Set(["below"]))).toBe(false);
    expect(elsewhere("below", new Set(["below"]), true)).toBe(true);
  });

  it("is failing where the host itself is short", () => {
    expect(sceneOf([guest("a")], 31).failing).toBe(true);
  });

  it("is that guests say too much where what they say that they use does not fit together with their headroom", () => {
    const says = (name: string, mib: number) =>
      guest(name, { floorBytes: 0, saidBytes: (mib - 64) * MIB, headroomBytes: 64 * MIB });
    expect(sceneOf([says("a", 1000), says("b", 1000)]).saidTooMuch).toBe(false);
    expect(sceneOf([says("a", 1000), says("b", 1001)]).saidTooMuch).toBe(true);
  });
});
