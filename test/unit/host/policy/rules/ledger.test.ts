import { describe } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand } from "../../../../../host/src/model/guest.ts";
import type * as ledgers from "../../../../../host/src/policy/budget/ledger.ts";
import type * as regimes from "../../../../../host/src/policy/budget/regime.ts";
import type * as savings from "../../../../../host/src/policy/budget/savings.ts";
import type * as spending from "../../../../../host/src/policy/budget/spendable.ts";
import type * as bursts from "../../../../../host/src/policy/learn/demand-bursts.ts";
import type * as hostDraw from "../../../../../host/src/policy/learn/host-draw.ts";
import { emptyMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, remembering } from "./scene.ts";
import { eachIsNeeded, type Policy, without } from "./switch.ts";

const holding = (mib: number) => ({ processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } });
/** Touches memory slowly, so that surprises are small. */
const SLOW = { touchBytesPerSecond: 20 * MIB };
const RESIDENT = (budgetMib: number) => settingsFor(budgetMib, { accounting: "resident" });

function demand(needMib: number, override: Partial<GuestDemand> = {}): GuestDemand {
  return { receivedAtMs: NOW, sequence: 7, level: "moderate", needBytes: needMib * MIB, ...override };
}

/** One guest was granted 400 MiB half a second ago and has not drawn them; what another is granted now, in MiB. */
function grantedBeside({ answerDemand }: Policy): number {
  const shape = { availableMib: 60, report: SLOW, facts: holding(512) };
  const guests = [
    aGuest({ ...shape, name: "granted", actualMib: 912, targetMib: 912 }),
    aGuest({ ...shape, name: "second", actualMib: 512, targetMib: 512 }),
  ];
  const grant = { bytes: 400 * MIB, atMs: NOW - 500 };
  const memory = remembering({ granted: { grant }, second: {} });
  const snapshot = { nowMs: NOW, host: aHost(), guests };
  const { answer } = answerDemand(snapshot, memory, RESIDENT(1500), "second", demand(200));
  return Math.round(answer.grantedBytes / MIB);
}

describe("the ledger", () => {
  eachIsNeeded([
    {
      rule: "promises memory once: a grant counts until it is drawn",
      off: without<typeof ledgers>("budget/ledger.ts", ({ keepLedger }) => ({
        keepLedger: (host, guests, ...rest) =>
          keepLedger(
            host,
            guests.map((guest) => ({ ...guest, memory: { ...guest.memory, grant: undefined } })),
            ...rest,
          ),
      })),
      breach: (policy) => {
        const granted = grantedBeside(policy);
        return granted > 1500 - 912 - 512 ? `${granted} MiB are granted of the 76 that are left` : undefined;
      },
      otherwise: "200 MiB are granted of the 76 that are left",
    },
    {
      rule: "keeps a reserve that only guests in need may draw on",
      off: without<typeof spending>("budget/spendable.ts", ({ spendable }) => ({
        spendable: (ledger) => {
          const all = spendable(ledger);
          return { ...all, forNeedBytes: all.freeBytes, forCriticalBytes: all.freeBytes };
        },
      })),
      breach: ({ answerDemand }) => {
        const guest = aGuest({ maxMib: 1024, actualMib: 512, targetMib: 512, availableMib: 20 });
        const snapshot = { nowMs: NOW, host: aHost(), guests: [guest] };
        const settings = settingsFor(512 + 64);
        const { outcome } = answerDemand(snapshot, emptyMemory(), settings, "g1", demand(40)).answer;
        return outcome === "granted" ? undefined : `a demand of 40 MiB beside a reserve of 64 is ${outcome}`;
      },
      otherwise: "a demand of 40 MiB beside a reserve of 64 is refused",
    },
    {
      rule: "makes the reserve as large as guests were seen to demand at once",
      off: without<typeof bursts>("learn/demand-bursts.ts", () => ({ burstPeakBytes: () => 0 })),
      breach: (policy) => {
        const settings = settingsFor(8192, { reserve: { kind: "auto" } });
        const memory = remembering(
          {},
          { bursts: { ...emptyMemory().bursts, peakBytes: 700 * MIB, peakAtMs: NOW } },
        );
        const { reserveBytes } = decideOn(policy, [aGuest()], settings, memory).ledger;
        return reserveBytes < 700 * MIB ? "the same burst again would find the reserve too small" : undefined;
      },
      otherwise: "the same burst again would find the reserve too small",
    },
    {
      rule: "is ready for what guests may draw unasked before taking elsewhere works",
      off: without<typeof ledgers>("budget/ledger.ts", ({ keepLedger }) => ({
        keepLedger: (host, guests, ...rest) => {
          const slow = guests.map((guest) => ({
            ...guest,
            facts: {
              ...guest.facts,
              ...(guest.facts.report && { report: { ...guest.facts.report, touchBytesPerSecond: 0 } }),
            },
            memory: { ...guest.memory, growth: newGuestMemory(0).growth },
          }));
          return keepLedger(host, slow, ...rest);
        },
      })),
      breach: (policy) => {
        const growth = { ...newGuestMemory(0).growth, usePeakBytesPerSecond: 300 * MIB };
        const guest = aGuest({ maxMib: 2048, availableMib: 1800, facts: holding(300) });
        const plan = decideOn(policy, [guest], RESIDENT(1000), remembering({ g1: { growth } }));
        return plan.ledger.freeBytes > (1000 - 300 - 450) * MIB
          ? "memory is free to lend that a guest draws in its next burst"
          : undefined;
      },
      otherwise: "memory is free to lend that a guest draws in its next burst",
    },
    {
      rule: "takes while guests could draw many times what there is, though little of it is drawn",
      off: without<typeof ledgers>("budget/ledger.ts", ({ keepLedger }) => ({
        keepLedger: (...args) => ({ ...keepLedger(...args), exposureBytes: 0 }),
      })),
      breach: (policy) => {
        const herd = Array.from({ length: 8 }, (_, i) =>
          aGuest({ name: `g${i}`, maxMib: 4096, availableMib: 3900, report: SLOW, facts: holding(250) }),
        );
        const { moves } = decideOn(policy, herd, RESIDENT(8192));
        return moves.length > 0 ? undefined : "30 GiB may be drawn unasked from 6, and nothing is taken";
      },
      otherwise: "30 GiB may be drawn unasked from 6, and nothing is taken",
    },
    {
      rule: "lends nothing of what KSM saves that taking could not make up for",
      off: without<typeof savings>("budget/savings.ts", () => ({ uncoveredBytes: () => 0 })),
      breach: (policy) => {
        const guest = aGuest({
          maxMib: 2048,
          actualMib: 1024,
          availableMib: 20,
          report: SLOW,
          facts: holding(1024),
        });
        const ksm = { run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: 400 * MIB };
        const { ledger } = decideOn(policy, [guest], RESIDENT(1500), emptyMemory(), { ksm });
        return ledger.freeBytes > (1500 - 64 - 1024) * MIB
          ? "savings are lent: when they break apart the host has not what it promised"
          : undefined;
      },
      otherwise: "savings are lent: when they break apart the host has not what it promised",
    },
    {
      rule: "charges KSM's savings as they break apart",
      off: without<typeof savings>("budget/savings.ts", ({ savingsOf }) => ({
        savingsOf: (host) => savingsOf(host, 0),
      })),
      breach: (policy) => {
        const ksm = { run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: 400 * MIB };
        const known = {
          residentBytes: 1000 * MIB,
          sharedBytes: 500 * MIB,
          atMs: NOW - 1_000,
          bytesPerSecond: 0,
          breakPeakBytesPerSecond: 0,
        };
        const guest = aGuest({ availableMib: 800, report: SLOW, facts: holding(1000) });
        const memory = remembering({ g1: {} }, { hostDraw: known });
        const { ledger } = decideOn(policy, [guest], RESIDENT(4096), memory, { ksm });
        return ledger.chargedBytes < (1000 - 400 + 150) * MIB
          ? "100 MiB a second break apart, and are not reckoned with"
          : undefined;
      },
      otherwise: "100 MiB a second break apart, and are not reckoned with",
    },
    {
      rule: "believes a larger host only slowly: guests and host are not read in the same instant",
      off: without<typeof ledgers>("budget/ledger.ts", () => ({
        mostBudgetBytes: () => Number.POSITIVE_INFINITY,
      })),
      breach: (policy) => {
        const auto = settingsFor(0, { budget: { kind: "auto" }, accounting: "resident" });
        const memory = remembering({ g1: {} }, { budget: { bytes: 20 * GIB, atMs: NOW - 1_000 } });
        // Its process drew 4 GiB between the look at the host and the look at the guest.
        const guest = aGuest({ maxMib: 8192, availableMib: 4000, facts: holding(6096) });
        const { ledger } = decideOn(policy, [guest], auto, memory, { availableBytes: 18 * GIB });
        return ledger.budgetBytes > 21 * GIB ? "memory that was drawn in between counts twice" : undefined;
      },
      otherwise: "memory that was drawn in between counts twice",
    },
  ]);
});

describe("the host's regime", () => {
  eachIsNeeded([
    {
      rule: "is better only after a while, so that giving and taking do not alternate",
      off: without<typeof regimes>("budget/regime.ts", ({ judgeRegime }) => ({
        judgeRegime: (host, ledger, guests, ahead, { regime }, nowMs) =>
          judgeRegime(host, ledger, guests, ahead, { regime, sinceMs: 0 }, nowMs),
      })),
      breach: (policy) => {
        const memory = remembering({ g1: {} }, { regime: "scarce", regimeSinceMs: NOW - 2_000 });
        const { regime } = decideOn(policy, [aGuest()], settingsFor(4096), memory);
        return regime === "scarce" ? undefined : `it is ${regime} 2 s after it was scarce`;
      },
      otherwise: "it is ample 2 s after it was scarce",
    },
    {
      rule: "counts what all guests draw at this moment as gone: a herd is met before it has drawn everything",
      off: without<typeof hostDraw>("learn/host-draw.ts", () => ({ drawnAheadBytes: () => 0 })),
      breach: (policy) => {
        const draw = {
          residentBytes: 400 * MIB,
          sharedBytes: 0,
          atMs: NOW - 1_000,
          bytesPerSecond: 0,
          breakPeakBytesPerSecond: 0,
        };
        const guest = aGuest({ maxMib: 2048, availableMib: 1400, report: SLOW, facts: holding(700) });
        const { regime } = decideOn(
          policy,
          [guest],
          RESIDENT(1800),
          remembering({ g1: {} }, { hostDraw: draw }),
        );
        return regime === "ample" ? "nothing is taken while 300 MiB a second are drawn from 900" : undefined;
      },
      otherwise: "nothing is taken while 300 MiB a second are drawn from 900",
    },
  ]);
});
