/** KSM's knobs are set only while no other program controls KSM and no admin command says otherwise. */
import type { KsmKnobs, KsmSnapshot, KsmWrites } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { KsmReason, MergeVerdict } from "../../model/ksm-status.ts";
import { adaptiveKnobs, advisorKnobs, pagesToCover, scanRate } from "./adaptive.ts";
import { type EffortMemory, FRESH_EFFORT, learnEffort, mergeablePages } from "./effort.ts";
import { decideKsmtuned, FRESH_KSMTUNED, type KsmtunedMemory } from "./ksmtuned.ts";
import { FRESH_MERGING, judgeMerging, type MergingMemory, unsettled } from "./merging.ts";
import { advancePhase, FRESH_PHASE, type Phase, type PhaseMemory } from "./phase.ts";
import { cpuBudget, ksmUrgency } from "./urgency.ts";

/** KSM is left alone for this long after a foreign change. Each further change begins the time anew. */
const FOREIGN_PAUSE_MS = 30 * 60_000;

export interface KsmMemory {
  readonly effort: EffortMemory;
  readonly phase: PhaseMemory;
  readonly ksmtuned: KsmtunedMemory;
  readonly merging: MergingMemory;
  /** The last foreign change: what was changed, the knobs as they were read then, and until when KSM is left alone. */
  readonly foreign?: { readonly untilMs: number; readonly text: string; readonly knobs: KsmKnobs };
}

export const FRESH_KSM: KsmMemory = {
  effort: FRESH_EFFORT,
  phase: FRESH_PHASE,
  ksmtuned: FRESH_KSMTUNED,
  merging: FRESH_MERGING,
};

/** What the admin commanded, and what the broker itself changed. */
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
  /** What is behind the reason, in words. */
  readonly detail?: string;
  readonly phase?: Phase;
  /** Knobs as they shall be; empty: the broker sets none. */
  readonly knobs: KsmWrites;
  readonly merges: readonly MergeVerdict[];
  readonly urgency: number;
  readonly memory: KsmMemory;
}

/** One decision: the facts and what was remembered in; knobs, switches and what to remember out. Pure. */
export function decideKsm(
  snapshot: KsmSnapshot,
  before: KsmMemory,
  settings: KsmSettings,
  commands: KsmCommands,
): KsmDecision {
  const urgency = ksmUrgency(snapshot);
  const learned: KsmMemory = {
    ...before,
    effort: learnEffort(before.effort, snapshot.reading, snapshot.nowMs),
  };
  const seen = watchForeign(learned, snapshot, commands);
  const idle = { knobs: {}, merges: [], urgency, memory: seen } as const;
  const { mode } = settings;
  if (mode === "off" || mode === "observe") return { ...idle, reason: mode };
  if (snapshot.rival !== undefined) return { ...idle, reason: "rival", detail: snapshot.rival };
  if (commands.unmerging) return { ...idle, reason: "unmerging" };
  if (seen.foreign !== undefined) return { ...idle, reason: "foreign-change", detail: seen.foreign.text };
  const judged = judgeMerging(snapshot, seen.merging, settings, commands.switchedOff, mode === "adaptive");
  const base = { urgency, merges: judged.verdicts, memory: { ...seen, merging: judged.memory } };
  if (commands.manual === "off") return { ...base, reason: "manual-off", knobs: { run: 0 } };
  const mixed = unsettled(snapshot.guests, judged.verdicts);
  if (mixed.length > 0) {
    return { ...base, reason: "trust-unsettled", detail: mixed.join(", "), knobs: { run: 0 } };
  }
  return { ...base, ...steer(snapshot, base.memory, settings, urgency, commands.manual === "on") };
}

type Steering = Pick<KsmDecision, "reason" | "knobs" | "memory" | "phase">;

function steer(
  snapshot: KsmSnapshot,
  memory: KsmMemory,
  settings: KsmSettings,
  urgency: number,
  forcedOn: boolean,
): Steering {
  if (settings.mode === "ksmtuned") return steerAsKsmtuned(snapshot, memory, settings);
  const { reading, guests } = snapshot;
  if (settings.mode === "advisor" && reading.knobs.advisorMode === undefined)
    return { reason: "no-advisor", knobs: {}, memory };
  const phase = advancePhase(memory.phase, snapshot, urgency, memory.effort, forcedOn);
  const next = { ...memory, phase };
  const rate = scanRate(phase, urgency, snapshot, memory.effort, settings);
  const told = { reason: phase.reason, phase: phase.phase, memory: next };
  if (mergeablePages(reading, guests) === 0)
    return { ...told, reason: "nothing-to-merge", knobs: { run: 0 } };
  if (settings.mode === "adaptive")
    return { ...told, knobs: adaptiveKnobs(phase, rate, memory.effort.nsPerPage, reading) };
  const budget = cpuBudget(urgency, snapshot, settings);
  return { ...told, knobs: advisorKnobs(phase, rate, pagesToCover(phase, snapshot), budget, reading) };
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

/** Notes a foreign change: a knob whose value is not the one that the broker wrote. A command of the admin ends the pause. */
function watchForeign(memory: KsmMemory, { reading, nowMs }: KsmSnapshot, commands: KsmCommands): KsmMemory {
  const { foreign, ...rest } = memory;
  if (commands.manual === "on" || commands.unmerging) return rest;
  const base: KsmWrites = foreign === undefined ? commands.written : foreign.knobs;
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
    // The kernel's advisor sets this knob itself.
    if (name === "pagesToScan" && found.advisorMode === "scan-time") return [];
    return written[name] === found[name] || found[name] === undefined
      ? []
      : [`${name} is ${found[name]}, was ${written[name]}`];
  });
}
