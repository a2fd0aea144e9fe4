import { describe } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { ProtectionKind } from "../../../../../host/src/model/plan.ts";
import type * as deadBand from "../../../../../host/src/policy/dead-band.ts";
import { type GuestMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import type * as nextTarget from "../../../../../host/src/policy/move/next-target.ts";
import type * as assessing from "../../../../../host/src/policy/need/assess.ts";
import type * as headrooms from "../../../../../host/src/policy/need/headroom.ts";
import type * as distribution from "../../../../../host/src/policy/share/distribute.ts";
import type * as protections from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, lived, remembering } from "./scene.ts";
import { eachIsNeeded, movedMib, type Off, type Policy, type Rule, verdictOf, without } from "./switch.ts";

/** A reason to take nothing that is not seen any more. */
function blindTo(kind: ProtectionKind): Off {
  return without<typeof protections>("share/protection.ts", ({ protectionFromTaking }) => ({
    protectionFromTaking: (guest, scene) => {
      const found = protectionFromTaking(guest, scene);
      return found?.kind === kind ? undefined : found;
    },
  }));
}

/** An idle guest in a host that is tight: all but 62 MiB of the budget is promised to it. */
function protects(
  kind: ProtectionKind,
  rule: string,
  shape: GuestShape,
  known: Partial<GuestMemory> = {},
): Rule {
  return {
    rule,
    off: blindTo(kind),
    breach: (policy) => {
      const guest = aGuest({ availableMib: 900, ...shape });
      const plan = decideOn(policy, [guest], settingsFor(1150), remembering({ g1: known }));
      return movedMib(plan, "g1") < 0
        ? `memory is taken from it: ${verdictOf(plan, "g1").reason}`
        : undefined;
    },
    otherwise: "memory is taken from it: take-idle",
  };
}

const { motion, progress, cache } = newGuestMemory(0);
/** For two days, in which it never used more than now. */
const WATCHED = {
  restBytes: 124 * MIB,
  burstBytes: 0,
  atMs: NOW,
  watchedSinceMs: NOW - 48 * 3_600_000,
  oomKillsTotal: undefined,
};

describe("a guest from which nothing may be taken", () => {
  eachIsNeeded([
    protects("demanded", "demanded memory 10 s ago", {}, { motion: { ...motion, demandAtMs: NOW - 10_000 } }),
    protects("under-pressure", "feels pressure", { report: { pressure: "low" } }),
    protects("growing", "grows", { report: { growthBytesPerSecond: MIB } }),
    protects(
      "cache-filling",
      "fills its cache",
      { cacheMib: 400 },
      { cache: { ...cache, sampledAtMs: NOW - 1_000, cacheBytes: 300 * MIB, hotBytes: 0 } },
    ),
    protects(
      "turned",
      "was given memory 50 s ago",
      {},
      { motion: { ...motion, direction: "up", movedAtMs: NOW - 50_000 } },
    ),
    protects("booting", "boots", { report: { sampledAtMs: 5_000 } }),
    protects("inhibited", "cannot be moved", { facts: { inhibitions: ["vfio"] } }),
    protects(
      "agent-lost",
      "had an agent that fell silent, whatever its driver says",
      { report: null, facts: { stats: { availableBytes: 900 * MIB, updatedAtMs: NOW } } },
      { hadAgent: true, use: WATCHED },
    ),
    protects(
      "stuck",
      "has a balloon that did not move",
      {},
      { progress: { ...progress, failures: 1, excludedUntilMs: NOW + 20_000 } },
    ),
    protects(
      "ineffective",
      "lost memory of which the host saw nothing",
      {},
      { progress: { ...progress, failures: 1, excludedUntilMs: NOW + 20_000, ineffective: true } },
    ),
  ]);
});

/** A guest without agent that boots and has most of the memory, beside a guest that is owed 100 MiB. */
function bootingBesideFailing(policy: Policy) {
  const stats = { availableBytes: 700 * MIB, updatedAtMs: NOW };
  const guests = [
    aGuest({ name: "booting", report: null, facts: { bootSeenAtMs: NOW - 5_000, stats } }),
    aGuest({ name: "failing", actualMib: 500, availableMib: 10 }),
  ];
  const owed = { bytes: 100 * MIB, atMs: NOW };
  return decideOn(policy, guests, settingsFor(1600), remembering({ failing: { owed } }));
}

describe("taking", () => {
  eachIsNeeded([
    {
      rule: "goes on from a guest that boots above its fair share, where another guest is failing",
      off: without<typeof protections>("share/protection.ts", ({ protectionFromTaking }) => ({
        protectionFromTaking: (guest, scene) => protectionFromTaking(guest, { ...scene, failing: false }),
      })),
      breach: (policy) => {
        const plan = bootingBesideFailing(policy);
        return movedMib(plan, "booting") < 0
          ? undefined
          : `it keeps all of its memory: ${verdictOf(plan, "booting").reason}`;
      },
      otherwise: "it keeps all of its memory: inhibited",
    },
    {
      rule: "leaves a guest its hot cache, which it would read again at once",
      off: without<typeof assessing>("need/assess.ts", ({ assess }) => ({
        assess: (...args) => {
          const need = assess(...args);
          return { ...need, floorBytes: need.vitalBytes, wantBytes: need.vitalBytes };
        },
      })),
      breach: (policy) => {
        const reader = { usedMib: 300, cacheMib: 500, report: { activeCacheBytes: 300 * MIB } };
        const left = lived(policy, { reader }, settingsFor(730), 30).at(-1)?.["reader"] ?? 0;
        return left < 600 ? "less is left than its programs and its hot cache need" : undefined;
      },
      otherwise: "less is left than its programs and its hot cache need",
    },
    {
      rule: "leaves a guest room to grow as fast as it was seen to, until help is there",
      off: without<typeof headrooms>("need/headroom.ts", () => ({
        headroom: () => 0,
        bareHeadroom: () => 0,
      })),
      breach: (policy) => {
        const bursting = { usedMib: 300, report: { growthPeakBytesPerSecond: 400 * MIB } };
        const left = lived(policy, { bursting }, settingsFor(465), 30).at(-1)?.["bursting"] ?? 0;
        return left - 300 < 64 ? "it is left less than it fills before help is there" : undefined;
      },
      otherwise: "it is left less than it fills before help is there",
    },
    {
      rule: "goes step by step, so that the guest's reaction is seen",
      off: without<typeof nextTarget>("move/next-target.ts", ({ intend, lowest }) => ({
        intend: (guest, entitlement, scene, ...rest) => {
          const intent = intend(guest, entitlement, scene, ...rest);
          const allBytes = Math.max(entitlement.takeBytes, lowest(guest, scene));
          return intent.kind === "take-to-floor" ? { ...intent, targetBytes: allBytes } : intent;
        },
      })),
      breach: (policy) => {
        const [first] = lived(policy, { idle: { usedMib: 100 } }, settingsFor(800), 1);
        return (first?.["idle"] ?? 0) < 1024 - 300 ? "all of it is taken in one step" : undefined;
      },
      otherwise: "all of it is taken in one step",
    },
    {
      rule: "does not follow noise: a few MiB to and fro move no balloon",
      off: without<typeof deadBand>("dead-band.ts", () => ({ deadBandBytes: () => 0 })),
      breach: (policy) => {
        const noisy = aGuest({ actualMib: 600, targetMib: 600, availableMib: 512 });
        const settings = settingsFor(735);
        const plan = decideOn(policy, [noisy], settings);
        return movedMib(plan, "g1") === 0 ? undefined : `a balloon is moved by ${movedMib(plan, "g1")} MiB`;
      },
      otherwise: "a balloon is moved by -2 MiB",
    },
    {
      rule: "takes what lies idle, not what is used: equal shares are no equal sizes",
      off: without<typeof distribution>("share/distribute.ts", () => ({
        distribute: (participants, capacityBytes) =>
          Float64Array.from(participants, () => Math.floor(capacityBytes / participants.length)),
      })),
      breach: (policy) => {
        const guests = [
          aGuest({ name: "idle", availableMib: 900 }),
          aGuest({ name: "busy", availableMib: 80 }),
        ];
        const { entitledBytes = 0, floorBytes = 0 } = verdictOf(
          decideOn(policy, guests, settingsFor(1700)),
          "busy",
        );
        return entitledBytes < floorBytes ? "the busy guest is to give while the other is idle" : undefined;
      },
      otherwise: "the busy guest is to give while the other is idle",
    },
    {
      rule: "takes less from a guest with more shares where not even all needs fit",
      off: without<typeof distribution>("share/distribute.ts", ({ distribute }) => ({
        distribute: (participants, capacityBytes) =>
          distribute(
            participants.map((each) => ({ ...each, shares: 1 })),
            capacityBytes,
          ),
      })),
      breach: (policy) => {
        const report = { swapFreeBytes: 4096 * MIB };
        const guests = [
          aGuest({ name: "plain", availableMib: 10, report }),
          aGuest({ name: "favoured", availableMib: 10, shares: 3000, report }),
        ];
        const plan = decideOn(policy, guests, settingsFor(1500));
        const [plain, favoured] = [verdictOf(plan, "plain"), verdictOf(plan, "favoured")];
        return (favoured.entitledBytes ?? 0) > (plain.entitledBytes ?? 0)
          ? undefined
          : "three times the shares keep it no more";
      },
      otherwise: "three times the shares keep it no more",
    },
  ]);
});
