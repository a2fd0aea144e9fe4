/** KSM's part of the decision: facts and what was remembered in, knobs and switches out. Pure. */
import type { KsmKnobs, KsmSnapshot, KsmWrites } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { KsmReason, MergeVerdict } from "../../model/ksm-status.ts";
import { adaptiveKnobs, advisorKnobs, scanRate } from "./adaptive.ts";
import { type EffortMemory, FRESH_EFFORT, learnEffort, mergeablePages } from "./effort.ts";
import { decideKsmtuned, FRESH_KSMTUNED, type KsmtunedMemory } from "./ksmtuned.ts";
import { FRESH_MERGING, judgeMerging, type MergingMemory, unsettled } from "./merging.ts";
import { advancePhase, FRESH_PHASE, type Phase, type PhaseMemory } from "./phase.ts";
import { cpuBudget, ksmUrgency } from "./urgency.ts";

/** What was written by the broker holds for this long after another hand was seen; every further change begins it anew. */
const FOREIGN_PAUSE_MS = 30 * 60_000;

export interface KsmMemory {
  readonly effort: EffortMemory;
  readonly phase: PhaseMemory;
  readonly ksmtuned: KsmtunedMemory;
  readonly merging: MergingMemory;
  /** Knobs as they were read last: what differs from `written` without being ours was another's. */
  readonly foreign?: { readonly untilMs: number; readonly text: string; readonly knobs: KsmKnobs };
}

export const FRESH_KSM: KsmMemory = {
  effort: FRESH_EFFORT,
  phase: FRESH_PHASE,
  ksmtuned: FRESH_KSMTUNED,
  merging: FRESH_MERGING,
};

/** What the admin and the broker's own hand add to the facts. */
export interface KsmCommands {
  /** Knobs as the broker wrote them. */
  readonly written: KsmWrites;
  /** `off` and `on` of the command line; `on` lasts for one decision. */
  readonly manual: "auto" | "off" | "on";
  readonly unmerging: boolean;
  /** Processes whose merging the broker switched off. */
  readonly switchedOff: ReadonlySet<number>;
}

export interface KsmDecision {
  readonly reason: KsmReason;
  /** Who or what stands behind the reason, in words. */
  readonly detail?: string;
  readonly phase?: Phase;
  /** Knobs as they shall be; empty: none of ours to turn. */
  readonly knobs: KsmWrites;
  readonly merges: readonly MergeVerdict[];
  readonly urgency: number;
  readonly memory: KsmMemory;
}

/** One decision. What is not the broker's to turn is left alone: no knobs, no switches. */
export function decideKsm(
  snapshot: KsmSnapshot,
  before: KsmMemory,
  settings: KsmSettings,
  orders: KsmCommands,
): KsmDecision {
  const urgency = ksmUrgency(snapshot);
  const learned: KsmMemory = {
    ...before,
    effort: learnEffort(before.effort, snapshot.reading, snapshot.nowMs),
  };
  const seen = watchForeign(learned, snapshot, orders);
  const idle = { knobs: {}, merges: [], urgency, memory: seen } as const;
  const { mode } = settings;
  if (mode === "off" || mode === "observe") return { ...idle, reason: mode };
  if (snapshot.rival !== undefined) return { ...idle, reason: "rival", detail: snapshot.rival };
  if (orders.unmerging) return { ...idle, reason: "unmerging" };
  if (seen.foreign !== undefined) return { ...idle, reason: "foreign-change", detail: seen.foreign.text };
  const judged = judgeMerging(snapshot, seen.merging, settings, orders.switchedOff, mode === "adaptive");
  const base = { urgency, merges: judged.verdicts, memory: { ...seen, merging: judged.memory } };
  if (orders.manual === "off") return { ...base, reason: "manual-off", knobs: { run: 0 } };
  const mixed = unsettled(snapshot.guests, judged.verdicts);
  if (mixed.length > 0) {
    return { ...base, reason: "trust-unsettled", detail: mixed.join(", "), knobs: { run: 0 } };
  }
  return { ...base, ...steer(snapshot, base.memory, settings, urgency, orders.manual === "on") };
}

type Steering = Pick<KsmDecision, "reason" | "knobs" | "memory" | "phase">;

function steer(
  snapshot: KsmSnapshot,
  memory: KsmMemory,
  settings: KsmSettings,
  urgency: number,
  asked: boolean,
): Steering {
  if (settings.mode === "ksmtuned") return steerAsKsmtuned(snapshot, memory, settings);
  const { reading, guests } = snapshot;
  if (settings.mode === "advisor" && reading.knobs.advisorMode === undefined)
    return { reason: "no-advisor", knobs: {}, memory };
  const phase = advancePhase(memory.phase, snapshot, urgency, memory.effort, asked);
  const next = { ...memory, phase };
  const rate = scanRate(phase, urgency, snapshot, memory.effort, settings);
  const told = { reason: phase.reason, phase: phase.phase, memory: next };
  if (mergeablePages(reading, guests) === 0)
    return { ...told, reason: "nothing-to-merge", knobs: { run: 0 } };
  if (settings.mode === "adaptive")
    return { ...told, knobs: adaptiveKnobs(phase, rate, memory.effort.nsPerPage, reading) };
  const budget = cpuBudget(urgency, snapshot, settings);
  return { ...told, knobs: advisorKnobs(phase, rate, mergeablePages(reading, guests), budget, reading) };
}

function steerAsKsmtuned(snapshot: KsmSnapshot, memory: KsmMemory, settings: KsmSettings): Steering {
  const { ksmtuned: facts, reading, nowMs } = snapshot;
  if (facts === undefined) return { reason: "no-ksm", knobs: {}, memory };
  const before = memory.ksmtuned;
  const { outcome, memory: after } = decideKsmtuned(
    facts,
    reading.savedBytes,
    before,
    settings.ksmtuned,
    nowMs,
  );
  const advisorOff: KsmWrites = reading.knobs.advisorMode === "scan-time" ? { advisorMode: "none" } : {};
  return {
    reason: outcome.reason,
    knobs: { ...advisorOff, ...outcome.writes },
    memory: { ...memory, ksmtuned: after },
  };
}

/** A knob that does not stand where the broker left it was turned by someone else: he is let alone until he has been quiet for a while. */
function watchForeign(memory: KsmMemory, { reading, nowMs }: KsmSnapshot, orders: KsmCommands): KsmMemory {
  const { foreign, ...rest } = memory;
  if (orders.manual === "on" || orders.unmerging) return rest;
  const base: KsmWrites = foreign === undefined ? orders.written : foreign.knobs;
  const changed = changes(base, reading.knobs);
  if (changed.length > 0) {
    const text = changed.join(", ");
    return { ...rest, foreign: { untilMs: nowMs + FOREIGN_PAUSE_MS, text, knobs: reading.knobs } };
  }
  return foreign === undefined || nowMs >= foreign.untilMs ? rest : memory;
}

function changes(written: KsmWrites, found: KsmKnobs): string[] {
  const names = Object.keys(written) as (keyof KsmKnobs)[];
  return names.flatMap((name) => {
    // The advisor sets the pace itself.
    if (name === "pagesToScan" && found.advisorMode === "scan-time") return [];
    return written[name] === found[name] || found[name] === undefined
      ? []
      : [`${name} is ${found[name]}, was ${written[name]}`];
  });
}
