import { describe } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmSnapshot } from "../../../../../host/src/model/ksm.ts";
import type { KsmSettings } from "../../../../../host/src/model/ksm-settings.ts";
import { FRESH_KSM, type KsmMemory } from "../../../../../host/src/policy/ksm/decide.ts";
import type * as merges from "../../../../../host/src/policy/ksm/merging.ts";
import type * as phases from "../../../../../host/src/policy/ksm/phase.ts";
import type * as urgencies from "../../../../../host/src/policy/ksm/urgency.ts";
import { aKsmGuest, aKsmSnapshot, aReading, ksmSettings, saving } from "../../../../fakes/ksm-facts.ts";
import { eachIsNeeded, type Policy, without } from "./switch.ts";

function decideKsm(
  policy: Policy,
  snapshot: Partial<KsmSnapshot>,
  memory: KsmMemory = FRESH_KSM,
  settings: Partial<KsmSettings> = {},
) {
  const commands = { written: {}, manual: "auto", unmerging: false, switchedOff: new Set<number>() } as const;
  return policy.decideKsm(aKsmSnapshot(snapshot), memory, ksmSettings(settings), commands);
}

/** Harvesting since four scans, the last of which brought this much for a second of a processor. */
function harvesting(yieldBytesPerCpuSecond: number): KsmMemory {
  const { phase, effort } = FRESH_KSM;
  return {
    ...FRESH_KSM,
    phase: { ...phase, phase: "harvest", reason: "memory-pressure", knownProcesses: [101], judgedScans: 3 },
    effort: { ...effort, yieldBytesPerCpuSecond, fullScanCpuSeconds: 1 },
  };
}

describe("KSM", () => {
  eachIsNeeded([
    {
      rule: "never stops because it worked: what it saves counts as if it were in use",
      off: without<typeof urgencies>("ksm/urgency.ts", ({ ksmUrgency }) => ({
        ksmUrgency: (snapshot) =>
          ksmUrgency({ ...snapshot, reading: { ...snapshot.reading, savedBytes: 0 } }),
      })),
      breach: (policy) => {
        const host = { totalBytes: 16 * GIB, availableBytes: 5 * GIB };
        const { urgency } = decideKsm(policy, { host, reading: saving(3 * GIB) });
        return urgency > 0 ? undefined : "the 3 GiB that it saves are taken for plenty";
      },
      otherwise: "the 3 GiB that it saves are taken for plenty",
    },
    {
      rule: "ends a harvest when a scan does not pay",
      off: without<typeof phases>("ksm/phase.ts", () => ({ advancePhase: (before) => before })),
      breach: (policy) => {
        const { phase } = decideKsm(policy, { reading: aReading({ fullScans: 4 }) }, harvesting(MIB));
        return phase === "harvest" ? "a processor is burnt for 1 MiB a second" : undefined;
      },
      otherwise: "a processor is burnt for 1 MiB a second",
    },
    {
      rule: "does not run before guests of another trust are known to be apart",
      off: without<typeof merges>("ksm/merging.ts", () => ({ unsettled: () => [] })),
      breach: (policy) => {
        const guests = [aKsmGuest(), aKsmGuest({ name: "customer", trust: "customer", processId: 102 })];
        const { knobs } = decideKsm(
          policy,
          { guests, reading: aReading({ pagesUnshared: 100_000 }) },
          FRESH_KSM,
          { trust: "default" },
        );
        return knobs.run === 1 ? "pages of two customers may be merged" : undefined;
      },
      otherwise: "pages of two customers may be merged",
    },
    {
      rule: "leaves out a guest that costs more than it gives",
      off: without<typeof merges>("ksm/merging.ts", ({ judgeMerging }) => ({
        judgeMerging: (snapshot, before, settings, ours) =>
          judgeMerging(snapshot, before, settings, ours, false),
      })),
      breach: (policy) => {
        const loser = aKsmGuest({ process: { mergingPages: 10, rmapItems: 60_000, profitBytes: -3 * MIB } });
        const memory = { ...FRESH_KSM, merging: { seenAtScan: { 101: 0 }, lossAtMs: {} } };
        const { merges: verdicts } = decideKsm(
          policy,
          { guests: [loser], reading: aReading({ fullScans: 9 }) },
          memory,
        );
        return verdicts[0]?.switchTo === false ? undefined : "ksmd goes on scanning at a loss";
      },
      otherwise: "ksmd goes on scanning at a loss",
    },
    {
      rule: "backs off where processors are fought over",
      off: without<typeof urgencies>("ksm/urgency.ts", ({ cpuBudget }) => ({
        cpuBudget: (urgency, { host, ...rest }, settings) =>
          cpuBudget(urgency, { ...rest, host: { ...host, cpuStallPercent: 0 } }, settings),
      })),
      breach: (policy) => {
        const reading = aReading({ pagesUnshared: 4_000_000 });
        const scanned = (cpuStallPercent: number) => {
          const host = { totalBytes: 16 * GIB, availableBytes: 2 * GIB, cpuStallPercent };
          const { pagesToScan = 0, sleepMs = 1 } = decideKsm(policy, { host, reading }).knobs;
          return pagesToScan / sleepMs;
        };
        return scanned(70) < scanned(0) / 2 ? undefined : "it scans as fast as on an idle machine";
      },
      otherwise: "it scans as fast as on an idle machine",
    },
  ]);
});
