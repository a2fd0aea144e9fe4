/** Decides when a demand is sent, repeated or delayed, and learns how long its memory takes to arrive. */

import type { Pressure } from "@ballast/proto";
import type { DemandDecision } from "./forecast.ts";
import { NOISE_BYTES } from "./growth.ts";
import { isAtLeast } from "./pressure.ts";

const MIB = 1024 * 1024;

/** A demand without effect is repeated after this time. */
export const REPEAT_MS = 200;
/** This many repeats come at that pace, since an answer may be lost or late. Each further one waits twice as long as the last. */
export const QUICK_REPEATS = 4;
export const LONGEST_REPEAT_MS = 30_000;
/** If the need grew by this factor, the demand is sent again at once, but not more often than this. */
const NEED_GREW_BYTES = 16 * MIB;
const NEED_GREW_FACTOR = 1.25;
const SHORTEST_REPEAT_MS = 40;
/** A refusal is respected for this long, unless the level rises. Each further one is respected twice as long, unless things get worse. */
export const REFUSED_MS = 1000;
/** With this much more available than at the last demand, the emergency is over. */
const RECOVERED_BYTES = 16 * MIB;
/** After this time no answer is expected. */
export const WAIT_MS = 1000;
/** Growth that counts as memory given; less may be the balloon's rounding. */
const HELP_BYTES = 2 * MIB;
/** The same where available memory is used instead of the total: programs also free memory, but a balloon gives more at once. */
const HIDDEN_HELP_SHARE = 0.25;
/** The round trip until one is measured, if the host gives no figure. */
export const DEFAULT_HELP_MS = 150;
const LONGEST_HELP_MS = 2000;
/** Weight of a quicker round trip; a slower one counts at once. */
const LEARN_SHARE = 0.25;

/** What a guest had at a sample. */
export interface Had {
  /** The figure that grows when memory arrives: the total, or what is available where the total does not show it. */
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
 * State of one guest's demands. Times are the guest's monotonic clock. While nothing changes, a demand without effect is repeated ever
 * more seldom: the host knows of it. As soon as things get worse, the guest demands at once.
 */
export class DemandGate {
  #last: Sent | undefined;
  /** Demands and refusals in a row without effect while nothing changed. */
  #vain = 0;
  #refusals = 0;
  #refused: Refusal | undefined;
  /** When the guest began to wait, and how much memory it had then. */
  #wait: { readonly sinceMs: number; readonly memoryBytes: number; readonly helpBytes: number } | undefined;
  #roundTripMs: number | undefined;
  readonly #helpShare: number;

  /** `balloonHidden`: the guest's total does not show its balloon, so available memory is used instead. */
  constructor(balloonHidden = false) {
    this.#helpShare = balloonHidden ? HIDDEN_HELP_SHARE : 0;
  }

  /** Last learned time from a demand to its memory. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Expected time until memory arrives; `hostMs` is the host's own figure. */
  helpMs(hostHelpMs: number | undefined): number {
    return this.#roundTripMs ?? hostHelpMs ?? DEFAULT_HELP_MS;
  }

  /** Whether a demand was sent and its memory may still come. */
  isWaiting(nowMs: number): boolean {
    return this.#wait !== undefined && nowMs - this.#wait.sinceMs < WAIT_MS;
  }

  /** Whether `demand` should be sent now, with this much available. */
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

  /** The demand was sent. */
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
    // A guest that got nothing for long will not get memory within milliseconds.
    const isHopeful = this.#vain <= QUICK_REPEATS;
    const helpBytes = Math.max(HELP_BYTES, demand.needBytes * this.#helpShare);
    if (!this.isWaiting(nowMs) && isHopeful) this.#wait = { sinceMs: nowMs, memoryBytes, helpBytes };
    this.#refused = undefined;
  }

  /** The host refused: it has nothing to give now. */
  refused(nowMs: number): void {
    const untilMs = nowMs + Math.min(LONGEST_REPEAT_MS, REFUSED_MS * 2 ** this.#refusals);
    this.#refused = { atMs: nowMs, untilMs, level: this.#last?.level ?? "moderate" };
    this.#refusals++;
    this.#wait = undefined;
  }

  /** Checks whether memory arrived (the guest's memory grew since the demand), or the emergency is over. */
  observe(nowMs: number, { memoryBytes, availableBytes }: Had): void {
    const wait = this.#wait;
    if (this.#last && availableBytes - this.#last.leastAvailableBytes >= RECOVERED_BYTES) this.#forget();
    if (!wait) return;
    if (memoryBytes - wait.memoryBytes >= wait.helpBytes) {
      this.#learn(nowMs - wait.sinceMs);
      this.#wait = undefined;
    } else if (memoryBytes < wait.memoryBytes) {
      // The balloon was still inflating when the demand was sent, so growth counts from the lowest point.
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
