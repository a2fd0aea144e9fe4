/** What a scenario's guests need at a time, and what the host has for them; pure arithmetic on the plans. */
import { sum } from "../../model/bytes.ts";
import { overheadBytes } from "../guest/guest.ts";
import { fixedBytes } from "../guest/kernel.ts";
import type { GuestPlan, HostPlan, Phase, Scenario } from "../scenario.ts";
import { ownBytesAt, savedBytesAt } from "../world/host-memory.ts";

/** One moment's account. */
export interface Needs {
  readonly atMs: number;
  /** Kernels, programs, hot caches, and what QEMU holds beside them. */
  readonly needBytes: number;
  /** As `needBytes`, but no guest counts with less than its guarantee. */
  readonly owedBytes: number;
  /** All but the host's own use and what ZFS keeps; KSM's savings do not count. */
  readonly haveBytes: number;
  /** What KSM saves. */
  readonly savedBytes: number;
}

/** The phase that a guest's programs are in. */
export function phaseOf({ phases, name }: GuestPlan, atMs: number): Phase {
  let [found] = phases;
  for (const phase of phases) if (phase.fromMs <= atMs) found = phase;
  if (found === undefined) throw new RangeError(`guest ${name} has no phases`);
  return found;
}

/** Inside one guest: kernel, programs and hot cache, or all of it where its balloon cannot take any; 0 before its first boot. */
export function guestNeedBytes(plan: GuestPlan, atMs: number): number {
  if (atMs < plan.bootAtMs) return 0;
  if (plan.driver.kind !== "working") return plan.fullBytes;
  const { anonBytes, hotBytes } = phaseOf(plan, atMs);
  return fixedBytes(plan) + (plan.reservedBytes ?? 0) + anonBytes + hotBytes;
}

/** The most that the guest ever needs. */
export function peakNeedBytes(plan: GuestPlan): number {
  return Math.max(...plan.phases.map(({ fromMs }) => guestNeedBytes(plan, Math.max(fromMs, plan.bootAtMs))));
}

/** All guests together at one time. */
export function needsOf({ guests, host }: Scenario, atMs: number): Needs {
  const running = guests.filter(({ bootAtMs }) => bootAtMs <= atMs);
  const besideBytes = sum(running, overheadBytes);
  return {
    atMs,
    needBytes: besideBytes + sum(running, (plan) => guestNeedBytes(plan, atMs)),
    owedBytes: besideBytes + sum(running, (plan) => Math.max(plan.minBytes, guestNeedBytes(plan, atMs))),
    haveBytes: haveBytes(host, atMs),
    savedBytes: savedBytesAt(host, atMs),
  };
}

function haveBytes(host: HostPlan, atMs: number): number {
  return host.totalBytes - ownBytesAt(host, atMs) - (host.arc?.minBytes ?? 0);
}

/** Every time at which needs change, in order. */
export function turningPoints({ guests, host, durationMs }: Scenario): number[] {
  const times = new Set([0, ...host.own.map(({ fromMs }) => fromMs)]);
  if (host.ksm !== undefined)
    times.add(host.ksm.breaksAtMs).add(host.ksm.breaksAtMs + host.ksm.breaksWithinMs);
  for (const { bootAtMs, phases } of guests) {
    times.add(Math.max(0, bootAtMs));
    for (const { fromMs } of phases) times.add(fromMs);
  }
  return [...times].filter((atMs) => atMs <= durationMs).sort((a, b) => a - b);
}

/** The moment that leaves least. */
export function tightestOf(scenario: Scenario): Needs {
  let tightest = needsOf(scenario, 0);
  for (const atMs of turningPoints(scenario)) {
    const needs = needsOf(scenario, atMs);
    if (needs.haveBytes - needs.owedBytes < tightest.haveBytes - tightest.owedBytes) tightest = needs;
  }
  return tightest;
}
