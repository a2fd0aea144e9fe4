/** Owns what both the real and the simulated broker of a scenario are told. */
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING, type PolicySettings } from "../../../host/src/model/settings.ts";
import { overheadBytes } from "../../../host/src/simulate/guest/guest.ts";
import { fixedBytes, Kernel } from "../../../host/src/simulate/guest/kernel.ts";
import type { GuestPlan, Scenario } from "../../../host/src/simulate/scenario.ts";
import { splitOf, splittableBytes } from "../../../host/src/simulate/world/split.ts";

export const RESERVE_BYTES = 64 * MIB;
/** Guests of the testbed have only just booted when a scenario begins. */
const BOOT_PROTECT_MS = 1_000;

/** All of the scenario's host; strict books count guests' sizes and not what QEMU takes beside them. */
export function budgetBytes({ host, guests, accounting }: Scenario): number {
  const own = Math.max(0, ...host.own.map(({ bytes }) => bytes));
  return host.totalBytes - own - (accounting === "strict" ? sum(guests, overheadBytes) : 0);
}

/** Settings of the broker. */
export function settingsOf(scenario: Scenario): PolicySettings {
  return {
    mode: "act",
    budget: { kind: "bytes", bytes: budgetBytes(scenario) },
    reserve: { kind: "bytes", bytes: RESERVE_BYTES },
    accounting: scenario.accounting,
    onAgentLoss: "hold",
    tuning: { ...DEFAULT_TUNING, bootProtectMs: BOOT_PROTECT_MS },
  };
}

/** Each guest's size when its host is split once and for all: where every run begins. */
export function startSizes(scenario: Scenario): ReadonlyMap<string, number> {
  return splitOf(scenario.guests, splittableBytes(scenario));
}

/** Least size at which a guest holds what its script begins with: no run begins below it. */
export function needBytes(plan: GuestPlan): number {
  const [first] = plan.phases;
  const { watermarkBytes } = new Kernel(plan);
  return Math.ceil(fixedBytes(plan) + (first?.anonBytes ?? 0) + (first?.hotBytes ?? 0) + 2 * watermarkBytes);
}
