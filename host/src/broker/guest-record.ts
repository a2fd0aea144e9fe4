/** What the broker keeps of one guest between ticks: the newest facts and the ports to its machine and agent. */
import type { GuestLimits, HeldFacts, ManualTarget } from "../model/guest.ts";
import type { SizeSetting } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { Reason } from "../model/plan.ts";
import type { AgentPort, MachineFacts, MachinePort } from "../model/ports.ts";

/** A move that was made, on the wall clock. */
export interface PastMove {
  readonly atMs: number;
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly reason: Reason;
}

const MAX_PAST_MOVES = 50;

export class GuestRecord {
  readonly entry: GuestEntry;
  readonly machine: MachinePort;
  readonly agent: AgentPort | undefined;
  machineFacts: MachineFacts = { inhibitions: ["unreachable"] };
  held: HeldFacts | undefined;
  manual: ManualTarget | undefined;
  /** Last target that QEMU was sent. */
  targetBytes: number | undefined;
  /** Newest size of the balloon, from an answer or an event. */
  actualBytes: number | undefined;
  actualAtMs = 0;
  bootSeenAtMs: number;
  /** When a reset was seen last. */
  resetAtMs = Number.NEGATIVE_INFINITY;
  /** Counter of the guest's OOM killer, as last told. */
  oomKills: number | undefined;
  /** Text of the trouble told last, so that it is told once. */
  toldProblem: string | undefined;
  observing = false;
  moves: PastMove[] = [];

  constructor(entry: GuestEntry, machine: MachinePort, agent: AgentPort | undefined, nowMs: number) {
    this.entry = entry;
    this.machine = machine;
    this.agent = agent;
    this.bootSeenAtMs = nowMs;
  }

  /** Newest first, bounded. */
  remember(move: PastMove): void {
    this.moves = [move, ...this.moves].slice(0, MAX_PAST_MOVES);
  }

  /** The guest's bounds in bytes; absent until QEMU told its size. */
  limits(): (GuestLimits & { readonly fullBytes: number }) | undefined {
    const fullBytes = this.machineFacts.maxBytes;
    return fullBytes === undefined ? undefined : { ...resolveLimits(this.entry, fullBytes), fullBytes };
  }
}

/** What a guest's settings mean for a guest of this size: percentages are of its maximum. */
export function resolveLimits(
  entry: Pick<GuestEntry, "min" | "max" | "shares">,
  fullBytes: number,
): GuestLimits {
  const maxBytes = Math.min(fullBytes, resolve(entry.max, fullBytes, fullBytes));
  const minBytes = Math.min(maxBytes, resolve(entry.min, maxBytes, maxBytes));
  return { minBytes, maxBytes, shares: entry.shares };
}

function resolve(setting: SizeSetting, ofBytes: number, autoBytes: number): number {
  if (setting.kind === "bytes") return setting.bytes;
  return setting.kind === "percent" ? Math.round((ofBytes * setting.percent) / 100) : autoBytes;
}
