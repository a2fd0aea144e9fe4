import { describe } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type * as ledgers from "../../../../../host/src/policy/budget/ledger.ts";
import type * as nextTarget from "../../../../../host/src/policy/move/next-target.ts";
import type * as assessing from "../../../../../host/src/policy/need/assess.ts";
import type * as forecasts from "../../../../../host/src/policy/need/forecast.ts";
import { aGuest, settingsFor } from "../../../../fakes/facts.ts";
import { decideOn, lived } from "./scene.ts";
import { eachIsNeeded, movedMib, without } from "./switch.ts";

const forecast = { useBytes: 700 * MIB, pattern: "daily", hoursSeen: 5 } as const;
/** It used 700 MiB at this hour of the last days, and uses 100 MiB now. */
const NIGHTLY = { usedMib: 100, actualMib: 300, facts: { forecast } };

/** Its process has touched so much. */
function touched(name: string, mib: number, shape: Parameters<typeof aGuest>[0]): GuestFacts {
  const processMemory = { residentBytes: mib * MIB, swappedBytes: 0 };
  const facts = { ...shape?.facts, processMemory };
  return aGuest({ ...shape, name, targetMib: shape?.actualMib ?? 1024, facts });
}

/** A guest that has its room of 856 MiB and has not touched it, beside a guest whose cache fills so much that it does not need. */
function readyBeside(idleMib: number): GuestFacts[] {
  return [
    touched("nightly", 250, { actualMib: 856, availableMib: 756, facts: { forecast } }),
    touched("caching", 3000, { maxMib: 4096, actualMib: 3000, availableMib: idleMib }),
  ];
}

describe("a guest that bursts at this hour of each night", () => {
  eachIsNeeded([
    {
      rule: "has its room before it bursts, where others have idle memory",
      off: without<typeof forecasts>("need/forecast.ts", () => ({
        comingUse: () => 0,
      })),
      breach: (policy) => {
        const guests = { nightly: NIGHTLY, idle: { usedMib: 200 } };
        const has = lived(policy, guests, settingsFor(1500), 120).at(-1)?.["nightly"] ?? 0;
        return has < 764 ? "its room is not there" : undefined;
      },
      otherwise: "its room is not there",
    },
    {
      rule: "waits for its room while others need what there is",
      off: without<typeof assessing>("need/assess.ts", ({ assess }) => ({
        assess: (...args) => {
          const need = assess(...args);
          const readyBytes = need.floorBytes + need.comingBytes;
          return { ...need, bareBytes: readyBytes, vitalBytes: readyBytes, floorBytes: readyBytes };
        },
      })),
      breach: (policy) => {
        const guests = { nightly: NIGHTLY, busy: { usedMib: 600 } };
        const left = lived(policy, guests, settingsFor(950), 120).at(-1)?.["busy"] ?? 0;
        return left < 664 ? "another guest lacks what it needs" : undefined;
      },
      otherwise: "another guest lacks what it needs",
    },
    {
      rule: "has its room in the host's memory, and not as a promise that others' caches stand against",
      off: without<typeof ledgers>("budget/ledger.ts", ({ keepLedger }) => ({
        keepLedger: (...args) => ({ ...keepLedger(...args), forecastBytes: 0 }),
      })),
      breach: (policy) => {
        const settings = settingsFor(4800, { accounting: "resident" });
        const plan = decideOn(policy, readyBeside(2700), settings);
        return movedMib(plan, "caching") < 0 ? undefined : "others keep idle caches in its place";
      },
      otherwise: "others keep idle caches in its place",
    },
    {
      rule: "keeps its room in a shortage in which nobody fails",
      off: without<typeof nextTarget>("move/next-target.ts", ({ intend }) => ({
        intend: (guest, ...rest) => intend({ ...guest, comingBytes: 0 }, ...rest),
      })),
      breach: (policy) => {
        const settings = settingsFor(3500, { accounting: "resident" });
        const plan = decideOn(policy, readyBeside(900), settings);
        return movedMib(plan, "nightly") < 0 ? `its room is taken in ${plan.regime}` : undefined;
      },
      otherwise: "its room is taken in scarce",
    },
  ]);
});
