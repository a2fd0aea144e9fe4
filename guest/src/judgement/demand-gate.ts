/** Decides when a wanted demand is sent, repeated or held back, and learns how long help takes. */

import type { Pressure } from "@ballast/proto";
import type { DemandDecision } from "./forecast.ts";
import { NOISE_BYTES } from "./growth.ts";
import { isAtLeast } from "./pressure.ts";

const MIB = 1024 * 1024;

/** A demand that nothing came of is repeated after this. */
export const REPEAT_MS = 200;
/** So many repeats come as soon: a second, in which an answer may be lost or late. Each further one waits twice as long as the last. */
export const QUICK_REPEATS = 4;
export const LONGEST_REPEAT_MS = 30_000;
/** A need that grew so much is told at once, but not more often than this. */
const NEED_GREW_BYTES = 16 * MIB;
const NEED_GREW_FACTOR = 1.25;
const SHORTEST_REPEAT_MS = 40;
/** A refusal is respected for so long, unless the level rises; each further one for twice as long, unless things get worse. */
export const REFUSED_MS = 1000;
/** So much more available than at the last demand: that emergency is over. */
const RECOVERED_BYTES = 16 * MIB;
/** After this nobody is waiting for an answer any more. */
export const WAIT_MS = 1000;
/** Memory that came back; less is a rounding of the balloon. */
const HELP_BYTES = 2 * MIB;
/** Where what is available stands in for the guest's total, it also grows by what programs give back: a balloon gives more at once. */
const HIDDEN_HELP_SHARE = 0.25;
/** Used until a round trip was measured and when the host gives no figure. */
export const DEFAULT_HELP_MS = 150;
const LONGEST_HELP_MS = 2000;
/** How far a quicker round trip pulls the figure down; a slower one counts at once. */
const LEARN_SHARE = 0.25;

/** What a guest had at a sample. */
export interface Had {
  /** What grows when help comes: its total, or what is available where the total does not tell. */
  readonly memoryBytes: number;
  readonly availableBytes: number;
}

interface Sent {
  readonly atMs: number;
  readonly needBytes: number;
  readonly level: Pressure;
  /** The least that was available at any demand of this emergency. */
  readonly leastAvailableBytes: number;
}

interface Refusal {
  readonly atMs: number;
  readonly untilMs: number;
  readonly level: Pressure;
}

/**
 * State of one guest's demands. Times are the guest's monotonic clock. While nothing changes, a demand that brings nothing is repeated ever
 * more seldom: the host knows of it. As soon as things get worse it is said at once.
 */
export class DemandGate {
  #last: Sent | undefined;
  /** Demands in a row, and refusals, that brought nothing while nothing changed. */
  #vain = 0;
  #refusals = 0;
  #refused: Refusal | undefined;
  /** When the present wait began and how much memory the guest had then. */
  #wait: { readonly sinceMs: number; readonly memoryBytes: number; readonly helpBytes: number } | undefined;
  #roundTripMs: number | undefined;
  readonly #helpShare: number;

  /** `balloonHidden`: the guest's total does not tell what its balloon holds, and what is available stands in for it. */
  constructor(balloonHidden = false) {
    this.#helpShare = balloonHidden ? HIDDEN_HELP_SHARE : 0;
  }

  /** Last learned time from a demand to its memory. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Time to reckon with until help comes, given the host's own figure. */
  helpMs(hostHelpMs: number | undefined): number {
    return this.#roundTripMs ?? hostHelpMs ?? DEFAULT_HELP_MS;
  }

  /** Whether a demand is out and its memory may still be on its way. */
  isWaiting(nowMs: number): boolean {
    return this.#wait !== undefined && nowMs - this.#wait.sinceMs < WAIT_MS;
  }

  /** Whether `demand` should be sent now, with so much available. */
  shouldSend(demand: DemandDecision, nowMs: number, availableBytes: number): boolean {
    const refused = this.#refused;
    const isWorse = this.#isWorse(demand);
    if (refused && nowMs < refused.untilMs) {
      if (isAtLeast(demand.level, refused.level) && demand.level !== refused.level) return true;
      return nowMs - refused.atMs >= REFUSED_MS && (isWorse || this.#hasFallen(availableBytes));
    }
    if (!this.#last) return true;
    const sinceMs = nowMs - this.#last.atMs;
    if (isWorse) return sinceMs >= SHORTEST_REPEAT_MS;
    return sinceMs >= (this.#hasFallen(availableBytes) ? REPEAT_MS : this.#repeatMs());
  }

  /** The demand went out. */
  sent(demand: DemandDecision, nowMs: number, { memoryBytes, availableBytes }: Had): void {
    const last = this.#last;
    const isOld = last !== undefined && nowMs - last.atMs > 2 * LONGEST_REPEAT_MS;
    if (!last || isOld || this.#isWorse(demand) || this.#hasFallen(availableBytes)) {
      this.#vain = 0;
      this.#refusals = 0;
    } else this.#vain++;
    const leastAvailableBytes = Math.min(
      availableBytes,
      (isOld ? undefined : last?.leastAvailableBytes) ?? availableBytes,
    );
    this.#last = { atMs: nowMs, needBytes: demand.needBytes, level: demand.level, leastAvailableBytes };
    // A guest that got nothing for long is not about to be helped within milliseconds.
    const isHopeful = this.#vain <= QUICK_REPEATS;
    const helpBytes = Math.max(HELP_BYTES, demand.needBytes * this.#helpShare);
    if (!this.isWaiting(nowMs) && isHopeful) this.#wait = { sinceMs: nowMs, memoryBytes, helpBytes };
    this.#refused = undefined;
  }

  /** The host has nothing to give now. */
  refused(nowMs: number): void {
    const untilMs = nowMs + Math.min(LONGEST_REPEAT_MS, REFUSED_MS * 2 ** this.#refusals);
    this.#refused = { atMs: nowMs, untilMs, level: this.#last?.level ?? "moderate" };
    this.#refusals++;
    this.#wait = undefined;
  }

  /** Looks whether help came, which is when the guest's memory grew since the demand, or the emergency is over. */
  observe(nowMs: number, { memoryBytes, availableBytes }: Had): void {
    const wait = this.#wait;
    if (this.#last && availableBytes - this.#last.leastAvailableBytes >= RECOVERED_BYTES) this.#forget();
    if (!wait) return;
    if (memoryBytes - wait.memoryBytes >= wait.helpBytes) {
      this.#learn(nowMs - wait.sinceMs);
      this.#wait = undefined;
    } else if (memoryBytes < wait.memoryBytes) {
      // The balloon was still growing when the demand went out: help shows as growth from its lowest point.
      this.#wait = { ...wait, memoryBytes };
    }
  }

  #forget(): void {
    this.#last = undefined;
    this.#vain = 0;
    this.#refusals = 0;
  }

  #repeatMs(): number {
    return Math.min(LONGEST_REPEAT_MS, REPEAT_MS * 2 ** Math.max(0, this.#vain - QUICK_REPEATS + 1));
  }

  #isWorse({ level, needBytes }: DemandDecision): boolean {
    const last = this.#last;
    if (!last) return false;
    if (level !== last.level && isAtLeast(level, last.level)) return true;
    return needBytes >= Math.max(last.needBytes * NEED_GREW_FACTOR, last.needBytes + NEED_GREW_BYTES);
  }

  #hasFallen(availableBytes: number): boolean {
    return this.#last !== undefined && this.#last.leastAvailableBytes - availableBytes >= NOISE_BYTES;
  }

  #learn(tookMs: number): void {
    const before = this.#roundTripMs ?? tookMs;
    const learned = tookMs >= before ? tookMs : before + (tookMs - before) * LEARN_SHARE;
    this.#roundTripMs = Math.round(Math.min(LONGEST_HELP_MS, Math.max(1, learned)));
  }
}
