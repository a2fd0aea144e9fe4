/** The result of a run. */
import { sum } from "../../model/bytes.ts";
import type { World } from "./world.ts";

/** Figures of one controller in one scenario. */
export interface Outcome {
  /** Programs killed by guests' OOM killers, and guests killed by the host's. */
  readonly kills: number;
  readonly hostKills: number;
  /** Busy time and what of it was worked, summed over guests. */
  readonly busyMs: number;
  readonly doneMs: number;
  /** Memory that guests needed and had beyond their static share: the average over time. */
  readonly lentBytes: number;
  /** Time in which the host wanted more than it had. */
  readonly hostShortMs: number;
  /** Changes of direction of a guest's target within 100 s of its last command. */
  readonly reversals: number;
  readonly commands: number;
  /** Least size that any guest had below its guarantee: 0 when guarantees were kept. */
  readonly belowGuaranteeBytes: number;
}

/** Turns closer together than this count as unrest. */
const REVERSAL_MS = 100_000;

/** Collects figures while a world runs. */
export class Measure {
  readonly #splitBytes: ReadonlyMap<string, number>;
  #lentByteLooks = 0;
  #looks = 0;
  #belowBytes = 0;
  #zero: { kills: number; hostKills: number; busyMs: number; doneMs: number; shortMs: number } | undefined;

  constructor(splitBytes: ReadonlyMap<string, number>) {
    this.#splitBytes = splitBytes;
  }

  look(world: World): void {
    if (world.nowMs < world.scenario.warmUpMs) return;
    this.#zero ??= totals(world);
    this.#looks += 1;
    for (const { guest, limits, targetBytes, name } of world.guests) {
      if (!guest.isRunning) continue;
      const { kernel, phase } = guest;
      const needBytes = kernel.fixedBytes + phase.anonBytes + phase.hotBytes;
      const usedBytes = kernel.fixedBytes + kernel.anonBytes + kernel.hotBytes;
      this.#lentByteLooks += Math.max(0, Math.min(needBytes, usedBytes) - (this.#splitBytes.get(name) ?? 0));
      if (targetBytes !== undefined)
        this.#belowBytes = Math.max(this.#belowBytes, limits.minBytes - targetBytes);
    }
  }

  outcome(world: World): Outcome {
    const now = totals(world);
    const zero = this.#zero ?? now;
    const commands = world.commands.filter(({ atMs }) => atMs >= world.scenario.warmUpMs);
    return {
      kills: now.kills - zero.kills,
      hostKills: now.hostKills - zero.hostKills,
      busyMs: now.busyMs - zero.busyMs,
      doneMs: now.doneMs - zero.doneMs,
      lentBytes: Math.round(this.#lentByteLooks / Math.max(1, this.#looks)),
      hostShortMs: now.shortMs - zero.shortMs,
      reversals: reversals(commands),
      commands: commands.length,
      belowGuaranteeBytes: this.#belowBytes,
    };
  }
}

function totals(world: World) {
  for (const { guest } of world.guests) guest.advance(world.nowMs);
  return {
    kills: sum(world.guests, ({ guest }) => guest.work.kills),
    hostKills: world.hostKills,
    busyMs: sum(world.guests, ({ guest }) => guest.work.busyMs),
    doneMs: sum(world.guests, ({ guest }) => guest.work.doneMs),
    shortMs: world.memory.shortMs,
  };
}

function reversals(commands: World["commands"]): number {
  const last = new Map<string, { atMs: number; sign: number }>();
  let count = 0;
  for (const { atMs, name, change } of commands) {
    const sign = Math.sign(change);
    const before = last.get(name);
    if (before !== undefined && before.sign !== sign && atMs - before.atMs < REVERSAL_MS) count += 1;
    last.set(name, { atMs, sign });
  }
  return count;
}
