import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import { type GuestMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import type { Intent } from "../../../../../host/src/policy/move/intent.ts";
import { intend, lowest } from "../../../../../host/src/policy/move/next-target.ts";
import type { GuestNeed } from "../../../../../host/src/policy/need/assess.ts";
import type { Protection, TakingScene } from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, type GuestShape, NOW } from "../../../../fakes/facts.ts";
import { aNeed, aTakingScene } from "../../../../fakes/policy-scene.ts";

interface Case {
  readonly guest: GuestNeed;
  readonly giveMib?: number;
  readonly takeMib?: number;
  readonly scene?: Partial<TakingScene>;
  readonly protection?: Protection;
  readonly elapsedMs?: number;
}

function intended({
  guest,
  giveMib = 0,
  takeMib = 0,
  scene = {},
  protection,
  elapsedMs = 1_000,
}: Case): Intent {
  const entitlement = { giveBytes: giveMib * MIB, takeBytes: takeMib * MIB };
  return intend(guest, entitlement, aTakingScene(scene), protection, elapsedMs);
}

/** Its balloon takes as fast as it is told to. */
const FAST = { ...newGuestMemory(0).progress, inflateBytesPerSecond: 100 * GIB };

/** A guest that has all of its memory and could go down to `leastMib` in any regime. */
function idle(
  maxMib: number,
  leastMib: number,
  shape: GuestShape = {},
  memory: Partial<GuestMemory> = {},
): GuestNeed {
  const facts = aGuest({ maxMib, minMib: 0, availableMib: maxMib - leastMib + 16, ...shape });
  const least = { floorBytes: leastMib * MIB, wantBytes: leastMib * MIB };
  return aNeed(facts, { progress: FAST, overheadBytes: 0, ...memory }, least);
}

/** Mebibytes that one tick takes. */
function takenMib(guest: GuestNeed, regime: Regime, elapsedMs = 1_000): number {
  return (guest.targetBytes - intended({ guest, scene: { regime }, elapsedMs }).targetBytes) / MIB;
}

describe("one step of taking", () => {
  it("goes 15 % of the way while the host is tight, 35 % while it is scarce, all of it when it is critical", () => {
    const guest = idle(8000, 7000);
    expect(takenMib(guest, "tight")).toBe(150);
    expect(takenMib(guest, "scarce")).toBe(350);
    expect(takenMib(guest, "critical")).toBe(1000);
  });

  it("takes nothing while there is plenty", () => {
    expect(intended({ guest: idle(8000, 7000), scene: { regime: "ample" } }).kind).toBe("steady");
  });

  it("is 16 MiB at least, and no more than is left to take", () => {
    expect(takenMib(idle(1000, 960), "scarce")).toBe(16);
    expect(takenMib(idle(1000, 960), "tight")).toBe(16);
    expect(takenMib(idle(1000, 990), "scarce")).toBe(10);
  });

  it("is no more than 3 % of the guest's size a second while the host is tight, and 16 MiB for a small guest", () => {
    expect(takenMib(idle(4000, 1000), "tight")).toBe(120);
    expect(takenMib(idle(4000, 1000), "tight", 500)).toBe(60);
    expect(takenMib(idle(400, 100), "tight")).toBe(16);
  });

  it("is no more than the balloon was seen to take in that time while the host is scarce", () => {
    const slow = { ...FAST, inflateBytesPerSecond: 40 * MIB };
    expect(takenMib(idle(4000, 1000, {}, { progress: slow }), "scarce", 500)).toBe(20);
  });

  it("counts 2 s as passed at most: a broker that was away does not take at once what it missed", () => {
    expect(takenMib(idle(4000, 1000), "tight", 2_000)).toBe(240);
    expect(takenMib(idle(4000, 1000), "tight", 60_000)).toBe(240);
  });

  it("is less by what a balloon on its way down still has before it", () => {
    const onItsWay = (targetMib: number) => idle(4000, 1000, { actualMib: 4000, targetMib });
    expect(takenMib(onItsWay(3940), "tight")).toBe(60);
    expect(intended({ guest: onItsWay(3880) }).kind).toBe("on-its-way");
  });

  it("is nothing within the dead band of 8 MiB", () => {
    expect(intended({ guest: idle(1000, 993) }).kind).toBe("dead-band");
    expect(takenMib(idle(1000, 992), "tight")).toBe(8);
  });

  it("is named for what it takes", () => {
    const guest = idle(8000, 7000);
    const kinds = (["tight", "scarce", "critical"] as const).map(
      (regime) => intended({ guest, scene: { regime } }).kind,
    );
    expect(kinds).toEqual(["take-idle", "take-to-floor", "take-to-guarantee"]);
  });
});

describe("memory that a guest never touched", () => {
  /** Of its 4000 MiB it never touched 400. A tick of a tenth of a second takes little else. */
  const untouched = idle(
    4000,
    1000,
    { facts: { processMemory: { residentBytes: 3600 * MIB, swappedBytes: 0 } } },
    { progress: { ...FAST, inflateBytesPerSecond: 100 * MIB } },
  );

  it("goes by a quarter in a step while the host is tight, and at once when it is scarce or critical", () => {
    expect(takenMib(untouched, "tight", 100)).toBe(100);
    expect(takenMib(untouched, "scarce", 100)).toBe(400);
    expect(takenMib(untouched, "critical", 100)).toBe(400);
  });
});

describe("how far taking may go", () => {
  const leastMib = (guest: GuestNeed, regime: Regime) => lowest(guest, aTakingScene({ regime })) / MIB;

  /** A guest of 1024 MiB that uses 600. */
  function using(report: Partial<GuestReport> = {}, memory: Partial<GuestMemory> = {}): GuestNeed {
    const facts = aGuest({ availableMib: 424, report });
    return aNeed(facts, memory, { floorBytes: 700 * MIB, wantBytes: 800 * MIB });
  }

  it("is what the guest wants while the host is tight, its floor while it is scarce", () => {
    expect(leastMib(using(), "ample")).toBe(800);
    expect(leastMib(using(), "tight")).toBe(800);
    expect(leastMib(using(), "scarce")).toBe(700);
  });

  it("is what it uses and 16 MiB when the host is critical", () => {
    expect(leastMib(using(), "critical")).toBe(616);
  });

  it("leaves what the guest's kernel keeps for itself, where that is more", () => {
    expect(leastMib(using({ watermarkReserveBytes: 40 * MIB }), "critical")).toBe(640);
    // As far as it is believed.
    expect(leastMib(using({ watermarkReserveBytes: GIB }), "critical")).toBe(856);
  });

  it("goes into what it uses by half of its free swap when the host is critical, never below its guarantee", () => {
    expect(leastMib(using({ swapFreeBytes: 200 * MIB }), "critical")).toBe(616 - 100);
    expect(leastMib(using({ swapFreeBytes: 8 * GIB }), "critical")).toBe(256);
  });

  it("leaves a guest twice its demand reserve for an hour after taking alone made it demand", () => {
    const squeezed = (agoMs: number) =>
      leastMib(
        using({ demandReserveBytes: 30 * MIB }, { motion: { squeezedIntoDemandAtMs: NOW - agoMs } }),
        "critical",
      );
    expect(squeezed(0)).toBe(600 + 2 * 30);
    expect(squeezed(3_599_999)).toBe(600 + 2 * 30);
    expect(squeezed(3_600_000)).toBe(616);
  });

  it("is never below what the guest says that it uses and its headroom, though it is doubted", () => {
    const doubted = aNeed(
      aGuest({ availableMib: 424 }),
      {},
      {
        usedBytes: 300 * MIB,
        saidBytes: 600 * MIB,
        doubtedBytes: 300 * MIB,
        headroomBytes: 64 * MIB,
        floorBytes: 364 * MIB,
      },
    );
    expect(leastMib(doubted, "scarce")).toBe(664);
  });
});

describe("taking back what was just given", () => {
  const given = (leastMib: number, agoMs: number) =>
    idle(1000, leastMib, {}, { motion: { direction: "up", movedAtMs: NOW - agoMs } });

  it("waits for 100 s where it is less than 4 % of the guest's maximum", () => {
    expect(intended({ guest: given(961, 0) }).kind).toBe("turned");
    expect(intended({ guest: given(960, 0) }).kind).toBe("take-idle");
    expect(intended({ guest: given(961, 99_999) }).kind).toBe("turned");
    expect(intended({ guest: given(961, 100_000) }).kind).toBe("take-idle");
  });

  it("does not wait when the host is critical", () => {
    expect(intended({ guest: given(961, 0), scene: { regime: "critical" } }).kind).toBe("take-to-guarantee");
  });
});

describe("taking from a guest whose balloon went back and forth", () => {
  const turns = { count: 4, atMs: NOW - 3_000 };
  const restless = (known: Partial<GuestMemory["motion"]> = {}) =>
    idle(1024, 700, {}, { motion: { direction: "up", movedAtMs: NOW - 3_000, turns, ...known } });
  const kind = (guest: GuestNeed, scene: Partial<TakingScene> = {}) =>
    intended({ guest, scene: { regime: "scarce", ...scene } }).kind;

  it("waits, the longer the more often it turned", () => {
    expect(kind(restless())).toBe("turned");
    expect(kind(restless({ turns: { ...turns, count: 3 } }))).toBe("take-to-floor");
  });

  it("does not wait while the host runs out, or another guest needs the memory", () => {
    expect(kind(restless(), { hostShort: true })).toBe("take-to-floor");
    expect(kind(restless(), { needy: new Set(["other"]) })).toBe("take-to-floor");
    expect(kind(restless(), { needy: new Set([restless().facts.name]) })).toBe("turned");
  });
});

describe("giving", () => {
  /** Has 600 of its 1024 MiB; `floorMib` is what it should not be below. */
  const squeezed = (floorMib: number, availableMib = 300, memory: Partial<GuestMemory> = {}) =>
    aNeed(aGuest({ actualMib: 600, targetMib: 600, availableMib }), memory, {
      floorBytes: floorMib * MIB,
      wantBytes: floorMib * MIB,
      headroomBytes: 64 * MIB,
    });

  it("goes up to the floor at once, by more than the dead band", () => {
    expect(intended({ guest: squeezed(700) })).toEqual({ targetBytes: 700 * MIB, kind: "give-to-floor" });
    expect(intended({ guest: squeezed(608) }).kind).toBe("give-to-floor");
    expect(intended({ guest: squeezed(607) }).kind).not.toBe("give-to-floor");
  });

  it("goes up to the floor for less than the dead band where headroom runs out or cache is missing", () => {
    expect(intended({ guest: squeezed(603, 31) }).kind).toBe("give-to-floor");
    const missing = { cache: { ...newGuestMemory(0).cache, missing: true } };
    expect(intended({ guest: squeezed(603, 300, missing) }).kind).toBe("give-to-floor");
  });

  it("goes up to a guest's share of what there is where not all floors fit", () => {
    const scene = { regime: "critical" } as const;
    expect(intended({ guest: squeezed(900), takeMib: 650, scene }).targetBytes).toBe(650 * MIB);
  });

  it("waits while another guest is failing and this one is below what it uses", () => {
    const giving = { ...squeezed(700), actualBytes: 650 * MIB, bareBytes: 500 * MIB };
    expect(intended({ guest: giving, scene: { failing: true } }).kind).not.toBe("give-to-floor");
    const failing = { ...giving, bareBytes: 620 * MIB };
    expect(intended({ guest: failing, scene: { failing: true } }).kind).toBe("give-to-floor");
  });

  it("of surplus is by more than the dead band, or the last piece up to the maximum", () => {
    const full = (targetMib: number) => aNeed(aGuest({ targetMib, availableMib: 800 }));
    expect(intended({ guest: squeezed(500), giveMib: 607, takeMib: 600 }).kind).toBe("dead-band");
    expect(intended({ guest: squeezed(500), giveMib: 608, takeMib: 600 })).toEqual({
      targetBytes: 608 * MIB,
      kind: "give-surplus",
    });
    expect(intended({ guest: full(1020), giveMib: 1024 }).kind).toBe("give-surplus");
  });

  it("of surplus waits for 100 s after memory was taken", () => {
    const taken = (agoMs: number) =>
      squeezed(500, 300, { motion: { direction: "down", movedAtMs: NOW - agoMs } });
    expect(intended({ guest: taken(99_999), giveMib: 800 }).kind).toBe("turned");
    expect(intended({ guest: taken(100_000), giveMib: 800 }).kind).toBe("give-surplus");
  });

  it("is all of its memory to a guest whose agent was lost, where the settings say so", () => {
    const lost = aNeed(aGuest({ actualMib: 600, report: null }), { hadAgent: true });
    const { settings } = aTakingScene();
    const release = { settings: { ...settings, onAgentLoss: "release" as const } };
    expect(intended({ guest: lost, scene: release })).toMatchObject({ targetBytes: GIB, kind: "release" });
    expect(intended({ guest: lost, protection: { kind: "agent-lost" } }).kind).toBe("agent-lost");
  });
});

describe("a guest that may not be taken from", () => {
  const protection = { kind: "under-pressure", detail: "low" } as const;

  it("keeps what it has, and why is told where something would be taken", () => {
    expect(intended({ guest: idle(8000, 7000), protection })).toMatchObject({
      targetBytes: 8000 * MIB,
      ...protection,
    });
    expect(intended({ guest: idle(8000, 8000), protection }).kind).toBe("steady");
  });

  it("is told why in any case where that lasts", () => {
    const booting = { kind: "booting", detail: "booting, for 30 s more" } as const;
    expect(intended({ guest: idle(8000, 8000), protection: booting }).kind).toBe("booting");
  });
});

describe("a guest that is left alone", () => {
  const left = (shape: GuestShape) =>
    intended({ guest: aNeed(aGuest({ actualMib: 600, ...shape })), giveMib: 1024 });

  it("has no shares, is moved by another program, or has no balloon that could be commanded", () => {
    expect(left({ shares: 0 }).kind).toBe("excluded");
    const otherController = { sinceMs: NOW, sizeBytes: 600 * MIB, suspect: "momd" };
    expect(left({ facts: { otherController } })).toMatchObject({ kind: "other-controller", detail: "momd" });
    expect(left({ facts: { inhibitions: ["unreachable"] } }).kind).toBe("inhibited");
  });

  it("is not one that must not be taken from: it is given to all the same", () => {
    expect(left({ facts: { inhibitions: ["vfio"] } }).kind).toBe("give-surplus");
  });
});

describe("a manual target", () => {
  function byHand(
    targetMib: number,
    shape: GuestShape = {},
    rest: Partial<Case> & { memory?: Partial<GuestMemory> } = {},
  ) {
    const manual = { targetBytes: targetMib * MIB, sinceMs: NOW - 10_000 };
    const { memory = {}, ...others } = rest;
    const guest = aNeed(aGuest({ availableMib: 500, ...shape, facts: { manual } }), memory);
    return intended({ guest, ...others });
  }

  it("is followed, down to the guarantee and 8 MiB above what the guest uses", () => {
    expect(byHand(700)).toEqual({ targetBytes: 700 * MIB, kind: "manual" });
    expect(byHand(100)).toMatchObject({ targetBytes: (524 + 8) * MIB, kind: "manual" });
    expect(byHand(100, { availableMib: 1000 }).targetBytes).toBe(256 * MIB);
    expect(byHand(5000, { actualMib: 600 }).targetBytes).toBe(GIB);
  });

  it("leaves a guest that demanded since its floor", () => {
    const demanded = (atMs: number) =>
      byHand(540, {}, { memory: { motion: { demandAtMs: atMs } } }).targetBytes;
    expect(demanded(NOW - 10_000)).toBe(540 * MIB);
    expect(demanded(NOW - 9_999)).toBe((524 + 64) * MIB);
  });

  it("goes before what is merely prudent, not before a guest that demands or cannot be seen", () => {
    const kindBeside = (protection: Protection, shape: GuestShape = {}) =>
      byHand(700, shape, { protection }).kind;
    expect(kindBeside({ kind: "turned" })).toBe("manual");
    expect(kindBeside({ kind: "cache-filling" })).toBe("manual");
    expect(kindBeside({ kind: "demanded" })).toBe("demanded");
    expect(kindBeside({ kind: "agent-lost" })).toBe("agent-lost");
    const pressed = { kind: "under-pressure" } as const;
    expect(kindBeside(pressed, { report: { pressure: "low" } })).toBe("manual");
    expect(kindBeside(pressed, { report: { pressure: "moderate" } })).toBe("under-pressure");
  });
});
