import { describe } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type * as regimes from "../../../../../host/src/policy/budget/regime.ts";
import type * as credits from "../../../../../host/src/policy/demand/credit.ts";
import type * as hostDraw from "../../../../../host/src/policy/learn/host-draw.ts";
import type * as hotCache from "../../../../../host/src/policy/learn/hot-cache.ts";
import type * as nextTarget from "../../../../../host/src/policy/move/next-target.ts";
import type * as entitling from "../../../../../host/src/policy/share/entitlements.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, lived, remembering } from "./scene.ts";
import { eachIsNeeded, movedMib, type Off, without } from "./switch.ts";

/** Targets are found for a guest as it would be with other facts. */
function intendedFor(other: (facts: GuestFacts) => GuestFacts): Off {
  return without<typeof nextTarget>("move/next-target.ts", ({ intend }) => ({
    intend: (guest, ...rest) => intend({ ...guest, facts: other(guest.facts) }, ...rest),
  }));
}

describe("a target", () => {
  eachIsNeeded([
    {
      rule: "of a guest without shares stays as it is: the admin excluded it",
      off: intendedFor((facts) => ({ ...facts, limits: { ...facts.limits, shares: 1 } })),
      breach: (policy) => {
        const guest = aGuest({ actualMib: 600, targetMib: 600, shares: 0, availableMib: 5 });
        const plan = decideOn(policy, [guest], settingsFor(4096));
        return movedMib(plan, "g1") === 0 ? undefined : "an excluded guest is moved";
      },
      otherwise: "an excluded guest is moved",
    },
    {
      rule: "of a guest whose balloon another program moves is left to that program",
      off: intendedFor(({ otherController: _other, ...facts }) => facts),
      breach: (policy) => {
        const otherController = { sinceMs: NOW, sizeBytes: 600 * MIB };
        const guest = aGuest({ actualMib: 600, targetMib: 600, availableMib: 5, facts: { otherController } });
        const plan = decideOn(policy, [guest], settingsFor(4096));
        return movedMib(plan, "g1") === 0 ? undefined : "two programs move one balloon";
      },
      otherwise: "two programs move one balloon",
    },
    {
      rule: "of a guest that is only observed is not moved while others are",
      off: intendedFor(({ observeOnly: _observeOnly, ...facts }) => facts),
      breach: (policy) => {
        const guest = aGuest({
          ...{ actualMib: 600, targetMib: 600, availableMib: 5 },
          facts: { observeOnly: true },
        });
        const plan = decideOn(policy, [guest], settingsFor(4096));
        return movedMib(plan, "g1") === 0 ? undefined : "a guest is moved that the admin only watches";
      },
      otherwise: "a guest is moved that the admin only watches",
    },
    {
      rule: "that an admin set is followed, but not into what the guest uses",
      off: without<typeof nextTarget>("move/next-target.ts", ({ intend }) => ({
        intend: (guest, ...rest) => {
          const { manual } = guest.facts;
          return manual === undefined
            ? intend(guest, ...rest)
            : { kind: "manual", targetBytes: manual.targetBytes };
        },
      })),
      breach: (policy) => {
        const facts = { manual: { targetBytes: 256 * MIB, sinceMs: NOW } };
        const plan = decideOn(policy, [aGuest({ availableMib: 500, facts })], settingsFor(4096));
        return movedMib(plan, "g1") < -500 ? "the admin's target takes what its programs use" : undefined;
      },
      otherwise: "the admin's target takes what its programs use",
    },
    {
      rule: "below the guest's floor is raised to it at once and whole",
      off: without<typeof nextTarget>("move/next-target.ts", ({ intend }) => ({
        intend: (guest, ...rest) => {
          const intent = intend(guest, ...rest);
          return intent.kind === "give-to-floor"
            ? { kind: "steady", targetBytes: guest.targetBytes }
            : intent;
        },
      })),
      breach: (policy) => {
        const guest = aGuest({ actualMib: 400, targetMib: 400, availableMib: 10 });
        const plan = decideOn(policy, [guest], settingsFor(530));
        return movedMib(plan, "g1") < 54
          ? "a guest stays below its floor beside 66 MiB that are free"
          : undefined;
      },
      otherwise: "a guest stays below its floor beside 66 MiB that are free",
    },
    {
      rule: "in the worst case does not go into what is in use and cannot be swapped out",
      off: without<typeof nextTarget>("move/next-target.ts", ({ intend }) => ({
        intend: (guest, entitlement, scene, ...rest) =>
          scene.regime === "critical"
            ? { kind: "take-to-guarantee", targetBytes: entitlement.takeBytes }
            : intend(guest, entitlement, scene, ...rest),
      })),
      breach: (policy) => {
        const guests = ["g1", "g2"].map((name) => aGuest({ name, availableMib: 20 }));
        const { moves } = decideOn(policy, guests, settingsFor(1500));
        return moves.length === 0 ? undefined : "guests are left without a page to spare";
      },
      otherwise: "guests are left without a page to spare",
    },
    {
      rule: "does not move in the band between giving and taking, so that one does not provoke the other",
      off: without<typeof entitling>("share/entitlements.ts", ({ entitlementsOf }) => ({
        entitlementsOf: (...args) =>
          entitlementsOf(...args).map(({ takeBytes }) => ({ takeBytes, giveBytes: takeBytes })),
      })),
      breach: (policy) => {
        const guest = aGuest({ actualMib: 700, targetMib: 700, availableMib: 120 });
        const plan = decideOn(policy, [guest], settingsFor(868));
        return movedMib(plan, "g1") > 0 ? "all is given that can be before taking begins" : undefined;
      },
      otherwise: "all is given that can be before taking begins",
    },
  ]);
});

describe("taking begins", () => {
  eachIsNeeded([
    {
      rule: "when the host's programs wait for memory, though the budget says there is plenty",
      off: without<typeof regimes>("budget/regime.ts", ({ judgeRegime }) => ({
        judgeRegime: ({ psiSomeAvg10: _stall, ...host }, ...rest) => judgeRegime(host, ...rest),
      })),
      breach: (policy) => {
        const host = { psiSomeAvg10: 20 };
        const plan = decideOn(
          policy,
          [aGuest({ availableMib: 900 })],
          settingsFor(4096),
          remembering({ g1: {} }),
          host,
        );
        return movedMib(plan, "g1") < 0
          ? undefined
          : "nothing is taken while the host stalls for a fifth of its time";
      },
      otherwise: "nothing is taken while the host stalls for a fifth of its time",
    },
    {
      rule: "from a cache that nobody reads again: it is found by taking a little and looking",
      off: without<typeof hotCache>("learn/hot-cache.ts", () => ({ learnHotCache: (memory) => memory })),
      breach: (policy) => {
        const stale = { usedMib: 300, cacheMib: 400, report: { activeCacheBytes: 300 * MIB } };
        const sizes = lived(policy, { stale }, settingsFor(730), 240);
        return (sizes.at(-1)?.["stale"] ?? 0) < 640
          ? undefined
          : "300 MiB that nobody reads are kept for ever";
      },
      otherwise: "300 MiB that nobody reads are kept for ever",
    },
    {
      rule: "sooner than the next tick where the host could run out within seconds",
      off: without<typeof hostDraw>("learn/host-draw.ts", () => ({ isUrgent: () => false })),
      breach: (policy) => {
        const { breakPeakBytesPerSecond, sharedBytes } = { breakPeakBytesPerSecond: 0, sharedBytes: 0 };
        const draw = {
          residentBytes: 400 * MIB,
          sharedBytes,
          atMs: NOW - 1_000,
          bytesPerSecond: 0,
          breakPeakBytesPerSecond,
        };
        const processMemory = { residentBytes: 700 * MIB, swappedBytes: 0 };
        const guest = aGuest({ maxMib: 2048, availableMib: 1400, facts: { processMemory } });
        const settings = settingsFor(1800, { accounting: "resident" });
        const { urgent } = decideOn(policy, [guest], settings, remembering({ g1: {} }, { hostDraw: draw }));
        return urgent ? undefined : "300 MiB a second are drawn from 1000, and the broker looks in a second";
      },
      otherwise: "300 MiB a second are drawn from 1000, and the broker looks in a second",
    },
  ]);
});

describe("giving for a demand", () => {
  eachIsNeeded([
    {
      rule: "gives all of a guest's memory while the budget is roomy, so that it need not demand again",
      off: without<typeof credits>("demand/credit.ts", () => ({
        requestedSize: ({ actualBytes }, { needBytes }) => actualBytes + needBytes,
      })),
      breach: ({ answerDemand }) => {
        const guest = aGuest({ maxMib: 4096, actualMib: 400, targetMib: 400, availableMib: 10 });
        const demand = { receivedAtMs: NOW, sequence: 7, level: "critical" as const, needBytes: 64 * MIB };
        const snapshot = { nowMs: NOW, host: aHost(), guests: [guest] };
        const { answer } = answerDemand(snapshot, remembering({}), settingsFor(12_000), "g1", demand);
        return answer.targetBytes < 4 * GIB
          ? "a program that grows by 3 GiB makes it demand 50 times"
          : undefined;
      },
      otherwise: "a program that grows by 3 GiB makes it demand 50 times",
    },
  ]);
});
