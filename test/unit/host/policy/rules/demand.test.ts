import { describe } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand, GuestFacts } from "../../../../../host/src/model/guest.ts";
import type * as fairShares from "../../../../../host/src/policy/budget/fair-share.ts";
import type * as credits from "../../../../../host/src/policy/demand/credit.ts";
import type * as donating from "../../../../../host/src/policy/demand/donors.ts";
import type * as newest from "../../../../../host/src/policy/demand/newest-report.ts";
import type * as turning from "../../../../../host/src/policy/learn/turns.ts";
import type * as vainDemands from "../../../../../host/src/policy/learn/vain-demand.ts";
import { newGuestMemory, type PolicyMemory } from "../../../../../host/src/policy/memory.ts";
import type * as balloonMoves from "../../../../../host/src/policy/move/balloon-moves.ts";
import type * as funding from "../../../../../host/src/policy/move/funding.ts";
import type * as nextTarget from "../../../../../host/src/policy/move/next-target.ts";
import type * as overrides from "../../../../../host/src/policy/move/overrides.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, remembering } from "./scene.ts";
import { eachIsNeeded, movedMib, type Policy, verdictOf, without } from "./switch.ts";

const holding = (mib: number) => ({ processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } });

/** Of 512 MiB, taken down to 200, of which 10 are left. */
const FAILING: GuestShape = { maxMib: 512, minMib: 128, actualMib: 200, targetMib: 200, availableMib: 10 };

function answer(
  { answerDemand }: Policy,
  guests: readonly GuestFacts[],
  budgetMib: number,
  needMib: number,
  override: Partial<GuestDemand> = {},
  memory: PolicyMemory = remembering({}),
) {
  const demand = { receivedAtMs: NOW, sequence: 7, level: "critical" as const, needBytes: needMib * MIB };
  const snapshot = { nowMs: NOW, host: aHost(), guests };
  return answerDemand(snapshot, memory, settingsFor(budgetMib), "g1", { ...demand, ...override });
}

describe("a demand", () => {
  eachIsNeeded([
    {
      rule: "gets no more in a shortage than an allowance beyond what its guest has touched",
      off: without<typeof credits>("demand/credit.ts", () => ({
        creditBytes: () => Number.POSITIVE_INFINITY,
      })),
      breach: (policy) => {
        const hoarder = aGuest({ maxMib: 4096, actualMib: 2048, availableMib: 1700, facts: holding(600) });
        const other = aGuest({ name: "other", maxMib: 4096, actualMib: 1024, availableMib: 100 });
        const { grantedBytes } = answer(policy, [hoarder, other], 4600, 1400).answer;
        return grantedBytes > 0 ? `${grantedBytes / MIB} MiB go to a guest with 1400 untouched` : undefined;
      },
      otherwise: "1400 MiB go to a guest with 1400 untouched",
    },
    {
      rule: "stops nothing in a shortage that is taken beyond its guest's fair share",
      off: without<typeof fairShares>("budget/fair-share.ts", () => ({
        fairBytesPerShare: () => Number.POSITIVE_INFINITY,
      })),
      breach: (policy) => {
        const giving = aGuest({ maxMib: 4096, actualMib: 2000, targetMib: 1800, availableMib: 400 });
        const other = aGuest({ name: "other", maxMib: 4096, actualMib: 1000, availableMib: 100 });
        const memory = remembering({}, { regime: "scarce" });
        const back = movedMib(answer(policy, [giving, other], 3000, 1, {}, memory), "g1");
        return back > 0 ? `${back} MiB go back to a guest above its fair share` : undefined;
      },
      otherwise: "200 MiB go back to a guest above its fair share",
    },
    {
      rule: "is paid by the idle in the same breath where not enough is free",
      off: without<typeof donating>("demand/donors.ts", () => ({ donate: () => [] })),
      breach: (policy) => {
        const idle = aGuest({ name: "idle", availableMib: 800 });
        const decision = answer(policy, [aGuest(FAILING), idle], 1320, 200);
        return movedMib(decision, "idle") < 0
          ? undefined
          : "an idle guest keeps 700 MiB beside it until the next tick";
      },
      otherwise: "an idle guest keeps 700 MiB beside it until the next tick",
    },
    {
      rule: "of a guest that is about to fail is paid out of others' room to grow where nothing is idle",
      off: without<typeof credits>("demand/credit.ts", () => ({ failingBytes: () => 0 })),
      breach: (policy) => {
        const settled = aGuest({ name: "settled", actualMib: 700, targetMib: 700, availableMib: 60 });
        const decision = answer(policy, [aGuest(FAILING), settled], 905, 100, {
          growthBytesPerSecond: 100 * MIB,
        });
        return movedMib(decision, "settled") < 0
          ? undefined
          : "another's room to grow is left while it runs out";
      },
      otherwise: "another's room to grow is left while it runs out",
    },
    {
      rule: "is not paid out of floors within a fair share where its guest was caught at a false claim",
      off: without<typeof credits>("demand/credit.ts", () => ({ isCredible: () => true })),
      breach: (policy) => {
        const settled = aGuest({
          name: "settled",
          maxMib: 1024,
          actualMib: 500,
          targetMib: 500,
          availableMib: 60,
        });
        const memory = remembering({ g1: { doubtedAtMs: NOW - 10_000 } });
        const guests = [aGuest({ ...FAILING, maxMib: 1024, actualMib: 600, targetMib: 600 }), settled];
        const decision = answer(policy, guests, 1105, 100, { growthBytesPerSecond: 100 * MIB }, memory);
        return movedMib(decision, "settled") < 0
          ? "an honest guest pays with its room for a liar"
          : undefined;
      },
      otherwise: "an honest guest pays with its room for a liar",
    },
    {
      rule: "gets nothing beyond the fair share where its guest has demanded for a while and was not seen to grow",
      off: without<typeof vainDemands>("learn/vain-demand.ts", () => ({ isVain: () => false })),
      breach: (policy) => {
        const hoarder = aGuest({ maxMib: 8192, actualMib: 2100, targetMib: 2100, facts: holding(2100) });
        const other = aGuest({ name: "other", maxMib: 8192, actualMib: 1000, availableMib: 100 });
        const resident = { bytes: 2100 * MIB, atMs: NOW - 1_000 };
        const memory = remembering({
          g1: {
            demands: { sinceMs: NOW - 5_000, atMs: NOW - 100 },
            growth: { ...newGuestMemory(0).growth, resident },
          },
        });
        const { grantedBytes } = answer(policy, [hoarder, other], 4000, 1000, {}, memory).answer;
        return grantedBytes > 0 ? "it is given more each time that it demands" : undefined;
      },
      otherwise: "it is given more each time that it demands",
    },
    {
      rule: "leaves half of the emergency reserve to others where its guest has its fair share",
      off: without<typeof credits>("demand/credit.ts", () => ({
        spendableFor: () => Number.POSITIVE_INFINITY,
      })),
      breach: (policy) => {
        const large = aGuest({ actualMib: 800, targetMib: 800, availableMib: 10 });
        const small = aGuest({
          name: "small",
          maxMib: 512,
          actualMib: 300,
          targetMib: 300,
          availableMib: 40,
        });
        const { grantedBytes } = answer(policy, [large, small], 1100 + 64, 48, { level: "moderate" }).answer;
        return grantedBytes > 24 * MIB ? "nothing is left of the reserve for the smaller one" : undefined;
      },
      otherwise: "nothing is left of the reserve for the smaller one",
    },
    {
      rule: "counts as the newest report",
      off: without<typeof newest>("demand/newest-report.ts", () => ({ asDemanded: (facts) => facts })),
      breach: (policy) => {
        const guest = aGuest({
          maxMib: 2048,
          actualMib: 1000,
          targetMib: 1000,
          availableMib: 600,
          facts: holding(1000),
        });
        const other = aGuest({ name: "other", maxMib: 2048, actualMib: 900, availableMib: 100 });
        const figures = { availableBytes: 30 * MIB, growthBytesPerSecond: 300 * MIB };
        const { grantedBytes } = answer(policy, [guest, other], 2130, 150, figures).answer;
        return grantedBytes < 150 * MIB
          ? "by a report of when it had 600 MiB left it gets less than it needs"
          : undefined;
      },
      otherwise: "by a report of when it had 600 MiB left it gets less than it needs",
    },
    {
      rule: "that could not be paid at once is paid before anything else, out of the reserve too",
      off: without<typeof overrides>("move/overrides.ts", () => ({ corrected: (_guest, intent) => intent })),
      breach: (policy) => {
        const guest = aGuest({ actualMib: 600, targetMib: 600, availableMib: 90 });
        const memory = remembering({ g1: { owed: { bytes: 40 * MIB, atMs: NOW - 500 } } });
        const plan = decideOn(policy, [guest], settingsFor(600 + 64), memory);
        return movedMib(plan, "g1") < 40 ? "what is owed to a guest is not paid" : undefined;
      },
      otherwise: "what is owed to a guest is not paid",
    },
    {
      rule: "of the guest that runs out first is paid first",
      off: without<typeof funding>("move/funding.ts", ({ fund }) => ({
        fund: (wishes, ledger, regime) => {
          const unknown = (wish: (typeof wishes)[number]) => ({ ...wish.guest.facts, report: undefined });
          const alike = wishes.map((wish) => {
            const { report: _report, ...facts } = unknown(wish);
            return { ...wish, guest: { ...wish.guest, availableBytes: 0, facts } };
          });
          const { funded, unpaidBytes } = fund(alike, ledger, regime);
          return {
            funded: funded.map((each, i) => ({ ...each, guest: wishes[i]?.guest ?? each.guest })),
            unpaidBytes,
          };
        },
      })),
      breach: (policy) => {
        const owed = { owed: { bytes: 40 * MIB, atMs: NOW - 500 } };
        const slow = aGuest({ name: "slow", maxMib: 512, actualMib: 300, targetMib: 300, availableMib: 60 });
        const fast = aGuest({
          name: "fast",
          maxMib: 512,
          actualMib: 300,
          targetMib: 300,
          availableMib: 20,
          report: { growthBytesPerSecond: 100 * MIB },
        });
        const plan = decideOn(
          policy,
          [slow, fast],
          settingsFor(600 + 64),
          remembering({ slow: owed, fast: owed }),
        );
        return movedMib(plan, "fast") < 40 ? "a guest that lasts for a minute is paid first" : undefined;
      },
      otherwise: "a guest that lasts for a minute is paid first",
    },
    {
      rule: "that only taking brought about keeps its guest twice the reserve at which it demands, in the worst case",
      off: without<typeof nextTarget>("move/next-target.ts", ({ lowest }) => ({
        lowest: (guest, scene) => lowest({ ...guest, memory: { ...guest.memory, motion: {} } }, scene),
      })),
      breach: (policy) => {
        const motion = { squeezedIntoDemandAtMs: NOW - 300_000 };
        const guest = aGuest({
          actualMib: 600,
          targetMib: 600,
          availableMib: 250,
          report: { demandReserveBytes: 40 * MIB },
        });
        const plan = decideOn(policy, [guest], settingsFor(300), remembering({ g1: { motion } }));
        const { leastBytes = 0 } = verdictOf(plan, "g1");
        return leastBytes < (350 + 2 * 40) * MIB ? "it would demand again at once what is taken" : undefined;
      },
      otherwise: "it would demand again at once what is taken",
    },
  ]);
});

describe("a balloon", () => {
  eachIsNeeded([
    {
      rule: "of a donor is told before that of an acceptor",
      off: without<typeof balloonMoves>("move/balloon-moves.ts", ({ movesOf }) => ({
        movesOf: (funded) => movesOf(funded).reverse(),
      })),
      breach: (policy) => {
        const poor = aGuest({ name: "poor", actualMib: 300, availableMib: 10 });
        const rich = aGuest({ name: "rich", availableMib: 900 });
        const [first] = decideOn(policy, [poor, rich], settingsFor(1450)).moves;
        return first?.name === "rich" ? undefined : "memory is given before it is there";
      },
      otherwise: "memory is given before it is there",
    },
    {
      rule: "that went back and forth waits before it turns again",
      off: without<typeof turning>("learn/turns.ts", () => ({ mustWaitToTurn: () => false })),
      breach: (policy) => {
        const motion = {
          direction: "up",
          movedAtMs: NOW - 1_000,
          turns: { count: 6, atMs: NOW - 1_000 },
        } as const;
        const guest = aGuest({ availableMib: 900 });
        const plan = decideOn(
          policy,
          [guest],
          settingsFor(1024),
          remembering({ g1: { motion } }, { regime: "scarce" }),
        );
        return movedMib(plan, "g1") < 0 ? "it is commanded once more each second" : undefined;
      },
      otherwise: "it is commanded once more each second",
    },
    {
      rule: "that did not begin to move is told its target again",
      off: without<typeof balloonMoves>("move/balloon-moves.ts", () => ({ repeatsOf: () => [] })),
      breach: (policy) => {
        const { progress } = newGuestMemory(0);
        const waiting = {
          ...progress,
          targetBytes: 900 * MIB,
          actualBytes: 600 * MIB,
          atMs: NOW - 1_000,
          movedAtMs: NOW - 2_500,
        };
        const manual = { targetBytes: 900 * MIB, sinceMs: NOW - 60_000 };
        const guest = aGuest({ actualMib: 600, targetMib: 900, availableMib: 500, facts: { manual } });
        const { repeats } = decideOn(
          policy,
          [guest],
          settingsFor(2000),
          remembering({ g1: { progress: waiting } }),
        );
        return repeats.length > 0 ? undefined : "a driver that missed the word is left waiting";
      },
      otherwise: "a driver that missed the word is left waiting",
    },
    {
      rule: "that a guest emptied by itself (deflate-on-oom) is left to it as after any demand",
      off: without<typeof overrides>("move/overrides.ts", () => ({ corrected: (_guest, intent) => intent })),
      breach: (policy) => {
        const { progress } = newGuestMemory(0);
        const reached = {
          ...progress,
          targetBytes: 600 * MIB,
          actualBytes: 600 * MIB,
          atMs: NOW - 1_000,
          movedAtMs: NOW - 60_000,
          reached: true,
        };
        const guest = aGuest({ actualMib: 700, targetMib: 600, availableMib: 300 });
        const plan = decideOn(policy, [guest], settingsFor(720), remembering({ g1: { progress: reached } }));
        const { targetBytes = 0 } = verdictOf(plan, "g1");
        return targetBytes < 700 * MIB ? "what it took to survive is taken again at once" : undefined;
      },
      otherwise: "what it took to survive is taken again at once",
    },
  ]);
});
