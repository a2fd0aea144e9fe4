/** What is known of one QEMU process, and what one look at it means. */

import type { DriverWatch } from "../balloon/driver-detector.ts";
import { advanceStatsClock, type StatsClock, statsAreFresh } from "../balloon/stats-clock.ts";
import type { MonitorFacts } from "../model/adapters.ts";
import type { Hardware } from "./hardware.ts";
import { isOtherSummary } from "./memory-size.ts";
import type { MonitorClient } from "./monitor-link.ts";
import type { Look, Unheard } from "./query-guest.ts";
import type { ResetWatch } from "./unseen-reset.ts";

/** A balloon this much above the guest's size is no rounding. */
const SIZE_SLACK_BYTES = 1024 * 1024;

/** All that is known of one QEMU process, and void when it ends. */
export interface QemuSession {
  readonly client: MonitorClient;
  hardware?: {
    readonly facts: Hardware;
    readonly hugepages: boolean;
    readonly locked: boolean;
    /** It is asked for again then. */
    readonly untilMs: number;
  };
  /** Outlives `hardware`, so that a change is noticed. */
  fullBytes?: number;
  memoryChangedAtMs?: number;
  driver?: DriverWatch;
  stats?: StatsClock;
  targetBytes?: number;
  /** Where no events come. */
  reset?: ResetWatch;
}

/** One look with what was known of the hardware before it. */
export type Sight = NonNullable<QemuSession["hardware"]> & {
  readonly seen: Look;
  readonly askedAtMs: number;
  readonly watch: DriverWatch | undefined;
  /** Where no events come. */
  readonly unheard?: Unheard;
};

/** Whether memory devices and balloon are as the hardware says. */
export function agree(sight: Sight): boolean {
  return !isOtherSummary(sight.facts.memory.summary, sight.seen.memory) && isWithinSize(sight);
}

export function isWithinSize({ facts, seen: { actualBytes = 0 } }: Sight): boolean {
  return isBalloonWithin(actualBytes, facts.memory.fullBytes);
}

/** Whether a balloon of this size can be in a guest of that size, but for rounding. */
export function isBalloonWithin(actualBytes: number, fullBytes: number): boolean {
  return actualBytes <= fullBytes + SIZE_SLACK_BYTES;
}

/** What to tell of a guest whose balloon is larger than itself, in words. */
export function unbelievable({ facts, seen: { actualBytes = 0 } }: Sight): string {
  const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  return `QEMU tells a balloon size of ${mib(actualBytes)} for a guest of ${mib(facts.memory.fullBytes)}, so nothing that it tells is believed; if it stays so, restart the guest, and report this with QEMU's version`;
}

/** Balloon and statistics of one look, as far as they are of this boot and of this size. */
export function balloonFacts(
  session: QemuSession,
  { facts: hardware, seen, askedAtMs }: Sight,
  { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
): Pick<MonitorFacts, "balloon" | "stats"> {
  if (seen.actualBytes === undefined || hardware.balloon === undefined) return {};
  const { targetBytes } = session;
  const { fullBytes } = hardware.memory;
  const isEmpty = session.driver?.emptySinceReset === true && fullBytes > 0;
  const balloon = {
    actualBytes: isEmpty ? fullBytes : seen.actualBytes,
    observedAtMs: askedAtMs,
    ...(targetBytes !== undefined && { targetBytes }),
  };
  const { values, lastUpdateSeconds } = seen.stats ?? { values: {} };
  if (lastUpdateSeconds === undefined) return { balloon };
  session.stats = advanceStatsClock(session.stats, lastUpdateSeconds, nowMs, wallMs);
  const ofThisBoot = lastUpdateSeconds > (session.driver?.bootedAtSeconds ?? 0);
  const ofThisSize = session.stats.updatedAtMs > (session.memoryChangedAtMs ?? Number.NEGATIVE_INFINITY);
  const fresh =
    ofThisBoot && ofThisSize && statsAreFresh(session.stats, hardware.balloon.pollingSeconds, nowMs);
  return fresh ? { balloon, stats: { ...values, updatedAtMs: session.stats.updatedAtMs } } : { balloon };
}
