/** KSM harvests while a scan pays, then maintains at a slower pace, and rests when memory has not been short for a while. */
import { clamp } from "../../model/bytes.ts";
import type { KsmGuest, KsmReading, KsmSnapshot } from "../../model/ksm.ts";
import type { KsmReason } from "../../model/ksm-status.ts";
import { REGIMES, type Regime } from "../../model/plan.ts";
import type { EffortMemory } from "./effort.ts";

export type Phase = "idle" | "harvest" | "maintain";

export interface PhaseMemory {
  readonly phase: Phase;
  readonly reason: KsmReason;
  /** Full scans that were done when the phase began. */
  readonly scansAtStart: number;
  /** Full scans that were done when the phase was judged last: it is judged once per scan. */
  readonly judgedScans: number;
  /** Processes of the mergeable guests in the last decision. */
  readonly knownProcesses: readonly number[];
  readonly regime: Regime;
  /** Decisions in a row that saw urgency. */
  readonly pressedCount: number;
  /** Since when there has been no urgency. */
  readonly calmSinceMs?: number;
  /** Time between two scans while maintaining. */
  readonly periodMs: number;
  /** No harvest before this, unless guests change: the last one saved less than KSM's own records cost. */
  readonly notBeforeMs: number;
}

export const SHORTEST_PERIOD_MS = 60_000;
export const LONGEST_PERIOD_MS = 30 * 60_000;
/** The harvest's last scan did not pay: the time to the next one is doubled twice, as after two such scans at the shortest. */
const FIRST_PERIOD_MS = 4 * SHORTEST_PERIOD_MS;
/** A scan pays from this many bytes saved per CPU second. */
export const LEAST_YIELD_BYTES = 16 * 1024 * 1024;
/**
 * Scans before a harvest is judged by what they saved. KSM compares a page with others only if it did not change between two scans,
 * so the first scan saves nothing. The scan that ends first began before the harvest.
 */
const HARVEST_SCANS = 3;
/** Scans before it is judged by what the next one can save: the second is the first that compares pages. */
const COMPARING_SCANS = 2;
/** Less urgency than this is noise. */
const PRESSURE_FROM = 0.05;
/** Urgency must be seen in this many decisions in a row. */
const PRESSED_DECISIONS = 3;
/** KSM rests after this time without urgency. */
const IDLE_AFTER_MS = 10 * 60_000;
/** A harvest at a loss is not repeated sooner. */
const NO_PROFIT_PAUSE_MS = 30 * 60_000;

export const FRESH_PHASE: PhaseMemory = {
  phase: "idle",
  reason: "idle",
  scansAtStart: 0,
  judgedScans: 0,
  knownProcesses: [],
  regime: "ample",
  pressedCount: 0,
  periodMs: SHORTEST_PERIOD_MS,
  notBeforeMs: 0,
};

/** The phase after this decision. `forcedOn`: the admin commanded `ksm on`. */
export function advancePhase(
  before: PhaseMemory,
  snapshot: KsmSnapshot,
  urgency: number,
  effort: EffortMemory,
  forcedOn: boolean,
): PhaseMemory {
  const { nowMs, reading } = snapshot;
  const seen = observe(before, snapshot, urgency);
  const cause = harvestCause(before, seen, snapshot, forcedOn);
  if (cause !== undefined) return begin({ ...seen, notBeforeMs: 0 }, "harvest", cause, reading.fullScans);
  const scans = reading.fullScans - seen.scansAtStart;
  if (seen.phase === "harvest") return harvested(seen, snapshot, scans, effort);
  if (seen.phase === "maintain") return maintained(seen, snapshot, urgency, effort);
  const isPressed = seen.pressedCount >= PRESSED_DECISIONS && nowMs >= seen.notBeforeMs;
  return isPressed ? begin(seen, "harvest", "memory-pressure", reading.fullScans) : seen;
}

/** Takes in the snapshot without changing the phase. */
function observe(before: PhaseMemory, { nowMs, guests, ledger }: KsmSnapshot, urgency: number): PhaseMemory {
  const { calmSinceMs = nowMs, ...rest } = before;
  return {
    ...rest,
    knownProcesses: guests.filter(mayMerge).flatMap(({ processId = [] }) => processId),
    regime: ledger?.regime ?? "ample",
    pressedCount: urgency > PRESSURE_FROM ? before.pressedCount + 1 : 0,
    ...(urgency === 0 && { calmSinceMs }),
  };
}

/** The reason to begin a harvest, whatever the last one saved. */
function harvestCause(
  before: PhaseMemory,
  seen: PhaseMemory,
  { guests }: KsmSnapshot,
  forcedOn: boolean,
): KsmReason | undefined {
  if (forcedOn) return "asked";
  const isNew = ({ processId }: KsmGuest) =>
    processId !== undefined && !before.knownProcesses.includes(processId);
  if (guests.filter(mayMerge).some(isNew)) return "guest-started";
  const worsened = REGIMES.indexOf(seen.regime) > REGIMES.indexOf(before.regime);
  return worsened ? "memory-pressure" : undefined;
}

function mayMerge({ merging }: KsmGuest): boolean {
  return merging?.on === true && merging.obstacle === undefined;
}

/**
 * A harvest ends when a scan did not pay or the next one cannot. Less urgency never ends it, because the harvest itself may have
 * lowered it.
 */
function harvested(
  seen: PhaseMemory,
  { nowMs, reading }: KsmSnapshot,
  scans: number,
  effort: EffortMemory,
): PhaseMemory {
  if (scans < COMPARING_SCANS || reading.fullScans === seen.judgedScans) return seen;
  const judged = { ...seen, judgedScans: reading.fullScans };
  const isOver = !pays(scans, reading, effort);
  if ((reading.generalProfitBytes ?? 0) < 0 && (isOver || scans >= HARVEST_SCANS)) {
    return begin(
      { ...judged, notBeforeMs: nowMs + NO_PROFIT_PAUSE_MS },
      "idle",
      "no-profit",
      reading.fullScans,
    );
  }
  if (!isOver) return judged;
  return begin({ ...judged, periodMs: FIRST_PERIOD_MS }, "maintain", "maintain", reading.fullScans);
}

/** Whether one more scan may pay: there is enough that changed during the last one, and from the third on that one paid. */
function pays(
  scans: number,
  { pagesVolatile, pageBytes }: KsmReading,
  { yieldBytesPerCpuSecond: gain, fullScanCpuSeconds }: EffortMemory,
): boolean {
  // Without ksmd's CPU time the yield is unknown: the harvest ends after twice as many scans.
  if (gain === undefined || fullScanCpuSeconds === undefined) return scans < 2 * HARVEST_SCANS;
  // All that did not change is compared already. The rest can be merged at most once; what smart_scan skips counts as changed.
  if (pagesVolatile * pageBytes < LEAST_YIELD_BYTES * fullScanCpuSeconds) return false;
  return scans < HARVEST_SCANS || gain >= LEAST_YIELD_BYTES;
}

/** A scan that does not pay doubles the time to the next one; a scan that pays halves it. */
function maintained(
  seen: PhaseMemory,
  { nowMs, reading }: KsmSnapshot,
  urgency: number,
  effort: EffortMemory,
): PhaseMemory {
  const { calmSinceMs } = seen;
  if (urgency === 0 && calmSinceMs !== undefined && nowMs - calmSinceMs >= IDLE_AFTER_MS)
    return begin(seen, "idle", "idle", reading.fullScans);
  if (reading.fullScans === seen.judgedScans) return seen;
  const paid = (effort.yieldBytesPerCpuSecond ?? 0) >= LEAST_YIELD_BYTES;
  const periodMs = clamp(paid ? seen.periodMs / 2 : seen.periodMs * 2, SHORTEST_PERIOD_MS, LONGEST_PERIOD_MS);
  return { ...seen, judgedScans: reading.fullScans, periodMs };
}

function begin(seen: PhaseMemory, phase: Phase, reason: KsmReason, fullScans: number): PhaseMemory {
  return { ...seen, phase, reason, scansAtStart: fullScans, judgedScans: fullScans, pressedCount: 0 };
}
