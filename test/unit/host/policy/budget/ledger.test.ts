import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { HostFacts } from "../../../../../host/src/model/host.ts";
import type { PolicySettings } from "../../../../../host/src/model/settings.ts";
import {
  capacityBytes,
  emergencyBytes,
  isHostShort,
  keepLedger,
  mostBudgetBytes,
} from "../../../../../host/src/policy/budget/ledger.ts";
import {
  emptyMemory,
  GRANT_LIFE_MS,
  type GuestMemory,
  newGuestMemory,
} from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

function ledger(
  guests: readonly [GuestFacts, Partial<GuestMemory>?][],
  settings: PolicySettings,
  host: Partial<HostFacts> = {},
) {
  const assessed = guests.map(([facts, memory]) =>
    assess(facts, { ...newGuestMemory(0), overheadBytes: 0, ...memory }, settings.tuning, NOW),
  );
  return keepLedger(aHost(host), assessed, settings, NOW, 0);
}

const STRICT = settingsFor(4096);
const RESIDENT = settingsFor(4096, { accounting: "resident" });
/** A guest that can draw no more in a reclaim time than is expected of any. */
const SLOW = { touchBytesPerSecond: 20 * MIB };
const saving = (mib: number) => ({ run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: mib * MIB });
const holding = (mib: number) => ({
  report: SLOW,
  facts: { processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } },
});

describe("the ledger", () => {
  it("charge under strict accounting what a guest may take: the larger of actual and target", () => {
    expect(ledger([[aGuest({ actualMib: 400, targetMib: 700 })]], STRICT).chargedBytes).toBe(700 * MIB);
    expect(ledger([[aGuest({ actualMib: 700, targetMib: 400 })]], STRICT).chargedBytes).toBe(700 * MIB);
  });

  it("charge under strict accounting what its process holds where that is more: a driver may keep what it reports as given", () => {
    const kept = { ...holding(900), actualMib: 512, targetMib: 512 };
    expect(ledger([[aGuest(kept)]], STRICT).chargedBytes).toBe(900 * MIB);
  });

  it("charge under resident accounting what is held and what could be drawn before taking elsewhere works", () => {
    expect(ledger([[aGuest(holding(300))]], RESIDENT).chargedBytes).toBe((300 + 64) * MIB);
  });

  it("expect more of a guest that has burst before", () => {
    const growth = { ...newGuestMemory(NOW).growth, usePeakBytesPerSecond: 200 * MIB };
    expect(ledger([[aGuest(holding(300)), { growth }]], RESIDENT).chargedBytes).toBe((300 + 300) * MIB);
  });

  it("never charge more than a guest could take", () => {
    const growth = { ...newGuestMemory(NOW).growth, usePeakBytesPerSecond: 4096 * MIB };
    expect(ledger([[aGuest({ actualMib: 512, ...holding(300) }), { growth }]], RESIDENT).chargedBytes).toBe(
      512 * MIB,
    );
  });

  it("are ready for any one guest that draws as fast as its hardware lets it, and for two no more than for one", () => {
    const fast = { ...holding(300), report: { touchBytesPerSecond: 200 * MIB } };
    const guests = ["a", "b", "c"].map((name): [GuestFacts] => [aGuest({ name, ...fast })]);
    expect(ledger(guests.slice(0, 1), RESIDENT).chargedBytes).toBe((300 + 300) * MIB);
    expect(ledger(guests.slice(0, 2), RESIDENT).chargedBytes).toBe((2 * 300 + 300) * MIB);
    const { chargedBytes, spareBytes } = ledger(guests, RESIDENT);
    expect(chargedBytes).toBe((3 * 300 + 300) * MIB);
    expect(spareBytes).toBeGreaterThan(4096 * MIB - chargedBytes);
  });

  it("are ready for less than all draws together where there are many: guests do not all burst at once", () => {
    const charged = (count: number) => {
      const guests = Array.from({ length: count }, (_, i): [GuestFacts] => [
        aGuest({ name: `g${i}`, ...holding(300) }),
      ]);
      return ledger(guests, RESIDENT).chargedBytes / MIB - count * 300;
    };
    expect(charged(2)).toBe(2 * 64);
    // 1.5 times the root of the sum of squares.
    expect(charged(16)).toBe(1.5 * 4 * 64);
  });

  it("are ready for a guest that draws 1 GiB a second where no agent measured how fast it can", () => {
    const stats = { availableBytes: 3000 * MIB, updatedAtMs: NOW };
    const { facts } = holding(300);
    const silent = aGuest({ maxMib: 4096, report: null, facts: { ...facts, stats } });
    expect(ledger([[silent]], RESIDENT).chargedBytes).toBe((300 + 1.5 * 1024) * MIB);
  });

  it("count swapped memory as held", () => {
    const facts = { processMemory: { residentBytes: 300 * MIB, swappedBytes: 200 * MIB } };
    expect(ledger([[aGuest({ report: SLOW, facts })]], RESIDENT).chargedBytes).toBe((500 + 64) * MIB);
  });

  it("keep a grant charged until it is drawn or forgotten", () => {
    const fresh = { bytes: 400 * MIB, atMs: NOW - 1 };
    const old = { bytes: 400 * MIB, atMs: NOW - GRANT_LIFE_MS - 1 };
    expect(ledger([[aGuest(holding(300)), { grant: fresh }]], RESIDENT).chargedBytes).toBe((300 + 400) * MIB);
    expect(ledger([[aGuest(holding(300)), { grant: old }]], RESIDENT).chargedBytes).toBe((300 + 64) * MIB);
  });

  it("expect no less of others while a guest whose process is not found has a grant in flight", () => {
    const grant = { bytes: 400 * MIB, atMs: NOW - 1 };
    const others = ["a", "b"].map((name): [GuestFacts] => [aGuest({ name, ...holding(960) })]);
    const { chargedBytes } = ledger([...others, [aGuest({ name: "unseen" }), { grant }]], RESIDENT);
    expect(chargedBytes).toBe((2 * (960 + 64) + 1024) * MIB);
  });

  it("lend nothing that the host itself has not", () => {
    expect(ledger([[aGuest()]], STRICT, { availableBytes: 100 * MIB }).freeBytes).toBe(36 * MIB);
  });

  it("lend what KSM saves only as far as taking elsewhere could make up for it", () => {
    const ksm = saving(200);
    expect(ledger([[aGuest()]], STRICT, { availableBytes: GIB, ksm }).freeBytes).toBe(
      (1024 - 200 - 64) * MIB,
    );
    // This one holds 1000 MiB, of which its programs need about 600.
    const cached = ledger([[aGuest(holding(1000))]], STRICT, { availableBytes: GIB, ksm });
    expect(cached.freeBytes).toBe((1024 - 64) * MIB);
  });

  it("charge a shared page once, and what could be drawn by writing to shared pages as any other draw", () => {
    const two = ["a", "b"].map((name): [GuestFacts] => [
      aGuest({ name, actualMib: 300, availableMib: 100, ...holding(300) }),
    ]);
    expect(ledger(two, RESIDENT).chargedBytes).toBe(600 * MIB);
    const { chargedBytes, drawBytes } = ledger(two, RESIDENT, { ksm: saving(200) });
    expect(drawBytes).toBe(2 * 64 * MIB);
    expect(chargedBytes).toBe(400 * MIB + drawBytes);
  });

  it("are ready for a break-up that goes on as fast as it was seen to, and for no more than could be drawn at all", () => {
    const memory = { ...newGuestMemory(0), overheadBytes: 0 };
    const assessed = [assess(aGuest(holding(1000)), memory, RESIDENT.tuning, NOW)];
    const charged = (breakMib: number) =>
      keepLedger(
        aHost({ ksm: saving(200) }),
        assessed,
        RESIDENT,
        NOW,
        0,
        Number.POSITIVE_INFINITY,
        breakMib * MIB,
      ).chargedBytes;
    expect(charged(100) - charged(0)).toBe(150 * MIB);
    // It has 1024 MiB: with all savings apart, and all touched, it can hold no more.
    expect(charged(1000)).toBe(1024 * MIB);
  });

  it("are ready for one of a few guests that writes to all that it shares at once: that draws more than its part of the savings", () => {
    const fast = { ...holding(300), actualMib: 300, report: { touchBytesPerSecond: 400 * MIB } };
    const charged = (count: number, savedMib: number) => {
      const names = Array.from({ length: count }, (_, i) => `g${i}`);
      const pagesSharing = (savedMib * MIB) / 4096;
      const ksm = {
        run: 1,
        pagesShared: pagesSharing / (count - 1),
        pagesSharing,
        savedBytes: savedMib * MIB,
      };
      const { chargedBytes } = ledger(
        names.map((name): [GuestFacts] => [aGuest({ name, ...fast })]),
        RESIDENT,
        { ksm },
      );
      return chargedBytes / MIB - (count * 300 - savedMib);
    };
    // Each has 200 MiB in common with all others, of which one copy stays.
    expect(charged(2, 200)).toBe(200);
    expect(charged(3, 400)).toBeCloseTo(200);
  });

  it("count zero pages, which no resident memory counts, as memory that was never touched", () => {
    const zeroBytes = 50 * MIB;
    const ksm = { run: 1, pagesShared: 0, pagesSharing: 0, savedBytes: zeroBytes, zeroBytes };
    const without = ledger([[aGuest(holding(300))]], RESIDENT);
    expect(ledger([[aGuest(holding(300))]], RESIDENT, { ksm }).chargedBytes).toBe(without.chargedBytes);
    const auto = settingsFor(0, { budget: { kind: "auto" } });
    const host = { availableBytes: 2 * GIB, ksm };
    expect(ledger([[aGuest()]], auto, host).budgetBytes).toBe(3 * GIB);
  });

  it("understand auto and percentages of the host", () => {
    const auto = settingsFor(0, { budget: { kind: "auto" } });
    const half = settingsFor(0, { budget: { kind: "percent", percent: 50 } });
    expect(ledger([[aGuest()]], auto, { availableBytes: 2 * GIB }).budgetBytes).toBe(3 * GIB);
    expect(ledger([[aGuest()]], half).budgetBytes).toBe(12 * GIB);
  });
});

describe("guests whose process is not found", () => {
  const AUTO = settingsFor(0, { budget: { kind: "auto" }, accounting: "resident" });
  const host = { totalBytes: 24 * GIB, availableBytes: 20 * GIB };

  it("count with their whole size, and make no budget that the host does not have", () => {
    const many = Array.from({ length: 30 }, (_, i): [GuestFacts] => [
      aGuest({ name: `g${i}`, maxMib: 4096, actualMib: 4096 }),
    ]);
    const { budgetBytes, chargedBytes, balanceBytes } = ledger(many, AUTO, host);
    expect(budgetBytes).toBe(24 * GIB);
    expect(chargedBytes).toBe(30 * 4 * GIB);
    expect(balanceBytes).toBeLessThan(-90 * GIB);
  });

  it("have no more of the host's memory than is in use and not held by guests that are seen", () => {
    const seen = aGuest({ name: "seen", maxMib: 4096, actualMib: 4096, ...holding(3072) });
    const unseen = aGuest({ name: "unseen", maxMib: 4096, actualMib: 4096 });
    expect(ledger([[seen], [unseen]], AUTO, host).budgetBytes).toBe(24 * GIB);
    expect(ledger([[seen]], AUTO, host).budgetBytes).toBe(23 * GIB);
    const shared = { ...host, ksm: saving(1024) };
    expect(ledger([[seen], [unseen]], AUTO, shared).budgetBytes).toBe(24 * GIB);
  });
});

describe("an automatic budget", () => {
  const AUTO = settingsFor(0, { budget: { kind: "auto" } });
  const HOST = aHost({ totalBytes: 10_000 * MIB });
  const known = new Map([["g1", newGuestMemory(0)]]);
  const at = (bytes: number, atMs: number) => ({ ...emptyMemory(), budget: { bytes, atMs }, guests: known });
  const assessed = (facts: GuestFacts) => assess(facts, newGuestMemory(0), AUTO.tuning, NOW);

  it("is believed at once when nothing was decided yet", () => {
    expect(mostBudgetBytes(emptyMemory(), [], HOST, NOW)).toBe(Number.POSITIVE_INFINITY);
  });

  it("rises by a fiftieth of the host's memory a second at most, from nothing as well", () => {
    expect(mostBudgetBytes(at(5_000 * MIB, NOW - 1_000), [assessed(aGuest())], HOST, NOW)).toBe(5_200 * MIB);
    expect(mostBudgetBytes(at(0, NOW - 10_000), [assessed(aGuest())], HOST, NOW)).toBe(2_000 * MIB);
  });

  it("takes what a guest brings that was not there before", () => {
    const guests = [aGuest(), aGuest({ name: "new", ...holding(300) })].map(assessed);
    expect(mostBudgetBytes(at(5_000 * MIB, NOW), guests, HOST, NOW)).toBe(5_300 * MIB);
  });

  it("is kept to that, and falls at once", () => {
    const budget = (availableMib: number, mostMib: number) => {
      const host = aHost({ availableBytes: availableMib * MIB });
      return keepLedger(host, [assessed(aGuest(holding(300)))], AUTO, NOW, 0, mostMib * MIB).budgetBytes;
    };
    const [risen, fallen] = [budget(9_000, 5_000), budget(1_000, 5_000)];
    expect(risen).toBe(5_000 * MIB);
    expect(fallen).toBeLessThanOrEqual(1_300 * MIB);
  });
});

describe("an automatic reserve", () => {
  /** MiB kept free of a budget when the largest burst that is remembered was so large. */
  function reserveMib(budgetMib: number, burstMib = 0): number {
    const settings = settingsFor(budgetMib, { reserve: { kind: "auto" } });
    return keepLedger(aHost(), [], settings, NOW, burstMib * MIB).reserveBytes / MIB;
  }

  it("is a twentieth of the budget, from 64 MiB to 4 GiB", () => {
    expect(reserveMib(4000)).toBe(200);
    expect(reserveMib(1000)).toBe(64);
    expect(reserveMib(100_000)).toBe(4096);
  });

  it("is enough for the largest burst and a quarter more, up to 12 % of the budget", () => {
    expect(reserveMib(4000, 150)).toBe(200);
    expect(reserveMib(4000, 200)).toBe(250);
    expect(reserveMib(4000, 1000)).toBe(480);
  });

  it("keeps a quarter of a twentieth of the budget for the host: the rest is for emergencies", () => {
    const emergencyMib = (reserve: number) =>
      emergencyBytes({ budgetBytes: 4000 * MIB, reserveBytes: reserve * MIB }) / MIB;
    expect(emergencyMib(200)).toBe(150);
    // What was added for bursts is wholly for them.
    expect(emergencyMib(480)).toBe(430);
    expect(emergencyMib(100)).toBe(75);
  });
});

describe("what all targets may add up to", () => {
  it("is what guests have or are still giving back, and what is left of the budget", () => {
    const settings = settingsFor(2000);
    const guests = [
      assess(aGuest({ actualMib: 700, targetMib: 500 }), newGuestMemory(0), settings.tuning, NOW),
      assess(aGuest({ name: "g2", actualMib: 300, targetMib: 400 }), newGuestMemory(0), settings.tuning, NOW),
    ];
    const kept = keepLedger(aHost(), guests, settings, NOW, 0);
    expect(capacityBytes(guests, kept)).toBe((2000 - 64) * MIB);
    const poor = keepLedger(aHost({ availableBytes: 164 * MIB }), guests, settings, NOW, 0);
    expect(capacityBytes(guests, poor)).toBe((700 + 400 + 100) * MIB);
  });
});

describe("the host itself", () => {
  it("is short when less than half of the reserve is left of its memory, whatever the budget says", () => {
    const isShort = (availableMib: number) =>
      isHostShort(ledger([[aGuest()]], STRICT, { availableBytes: availableMib * MIB }));
    expect(isShort(32)).toBe(false);
    expect(isShort(31)).toBe(true);
  });
});
