/** Decides when a wanted call is sent, repeated or held back, and learns how long help takes. */

import type { Pressure } from "@ballast/proto";
import type { DemandDecision } from "./forecast.ts";
import { isAtLeast } from "./pressure.ts";

const MIB = 1024 * 1024;

/** A call that nothing came of is repeated after this. */
export const REPEAT_MS = 200;
/** A need that grew so much is told at once, but not more often than this. */
const NEED_GREW_BYTES = 16 * MIB;
const NEED_GREW_FACTOR = 1.25;
const SHORTEST_REPEAT_MS = 40;
/** A refusal is respected for so long, unless things get worse. */
export const REFUSED_MS = 1000;
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

interface Sent {
  readonly atMs: number;
  readonly needBytes: number;
  readonly level: Pressure;
}

/** State of one guest's calls. Times are the guest's monotonic clock. */
export class DemandGate {
  #last: Sent | undefined;
  #refused: { readonly untilMs: number; readonly level: Pressure } | undefined;
  /** When the present wait began and how much memory the guest had then. */
  #wait: { readonly sinceMs: number; readonly memoryBytes: number; readonly helpBytes: number } | undefined;
  #roundTripMs: number | undefined;
  readonly #helpShare: number;

  /** `balloonHidden`: the guest's total does not tell what its balloon holds, and what is available stands in for it. */
  constructor(balloonHidden = false) {
    this.#helpShare = balloonHidden ? HIDDEN_HELP_SHARE : 0;
  }

  /** Last learned time from a call to its memory. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Time to reckon with until help comes, given the host's own figure. */
  helpMs(hostHelpMs: number | undefined): number {
    return this.#roundTripMs ?? hostHelpMs ?? DEFAULT_HELP_MS;
  }

  /** Whether a call is out and its memory may still be on its way. */
  isWaiting(nowMs: number): boolean {
    return this.#wait !== undefined && nowMs - this.#wait.sinceMs < WAIT_MS;
  }

  /** Whether `call` should be sent now. */
  shouldSend(call: DemandDecision, nowMs: number): boolean {
    if (this.#refused && nowMs < this.#refused.untilMs) {
      return isAtLeast(call.level, this.#refused.level) && call.level !== this.#refused.level;
    }
    const last = this.#last;
    if (!last) return true;
    const sinceMs = nowMs - last.atMs;
    return sinceMs >= REPEAT_MS || (sinceMs >= SHORTEST_REPEAT_MS && isWorse(call, last));
  }

  /** The demand went out while the guest had `memoryBytes`: its total, or what is available where the total does not tell. */
  sent(call: DemandDecision, nowMs: number, memoryBytes: number): void {
    this.#last = { atMs: nowMs, needBytes: call.needBytes, level: call.level };
    const helpBytes = Math.max(HELP_BYTES, call.needBytes * this.#helpShare);
    if (!this.isWaiting(nowMs)) this.#wait = { sinceMs: nowMs, memoryBytes, helpBytes };
    this.#refused = undefined;
  }

  /** No need any more: the next call starts afresh. */
  settled(): void {
    this.#last = undefined;
  }

  /** The host has nothing to give now. */
  refused(nowMs: number): void {
    this.#refused = { untilMs: nowMs + REFUSED_MS, level: this.#last?.level ?? "moderate" };
    this.#wait = undefined;
  }

  /** Looks whether help came: the guest's memory grew since the call. */
  observe(nowMs: number, memoryBytes: number): void {
    const wait = this.#wait;
    if (!wait) return;
    if (memoryBytes - wait.memoryBytes >= wait.helpBytes) {
      this.#learn(nowMs - wait.sinceMs);
      this.#wait = undefined;
    } else if (memoryBytes < wait.memoryBytes) {
      // The balloon was still growing when the call went out: help shows as growth from its lowest point.
      this.#wait = { ...wait, memoryBytes };
    }
  }

  #learn(tookMs: number): void {
    const before = this.#roundTripMs ?? tookMs;
    const learned = tookMs >= before ? tookMs : before + (tookMs - before) * LEARN_SHARE;
    this.#roundTripMs = Math.round(Math.min(LONGEST_HELP_MS, Math.max(1, learned)));
  }
}

function isWorse(call: DemandDecision, last: Sent): boolean {
  if (call.level !== last.level && isAtLeast(call.level, last.level)) return true;
  return call.needBytes >= Math.max(last.needBytes * NEED_GREW_FACTOR, last.needBytes + NEED_GREW_BYTES);
}
