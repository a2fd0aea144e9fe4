/** When a wanted call is sent, repeated or held back, and how long help takes. Held to the real agent by a contract test. */
import { MIB } from "../../model/bytes.ts";
import { PRESSURE_LEVELS, type Pressure } from "../../model/guest.ts";
import type { Call } from "./call.ts";

const REPEAT_MS = 200;
const SHORTEST_REPEAT_MS = 40;
const NEED_GREW_BYTES = 16 * MIB;
const NEED_GREW_FACTOR = 1.25;
const REFUSED_MS = 1_000;
const WAIT_MS = 1_000;
const HELP_BYTES = 2 * MIB;
const DEFAULT_HELP_MS = 150;
const LONGEST_HELP_MS = 2_000;
const LEARN_SHARE = 0.25;

/** State of one guest's calls. */
export class CallGate {
  roundTripMs: number | undefined;
  #last: { readonly atMs: number; readonly call: Call } | undefined;
  #refused: { readonly untilMs: number; readonly level: Pressure } | undefined;
  #wait: { readonly sinceMs: number; readonly totalBytes: number } | undefined;

  get helpMs(): number {
    return this.roundTripMs ?? DEFAULT_HELP_MS;
  }

  isWaiting(nowMs: number): boolean {
    return this.#wait !== undefined && nowMs - this.#wait.sinceMs < WAIT_MS;
  }

  admits(call: Call, nowMs: number): boolean {
    if (this.#refused !== undefined && nowMs < this.#refused.untilMs)
      return rank(call.level) > rank(this.#refused.level);
    if (this.#last === undefined) return true;
    const sinceMs = nowMs - this.#last.atMs;
    return sinceMs >= REPEAT_MS || (sinceMs >= SHORTEST_REPEAT_MS && isWorse(call, this.#last.call));
  }

  sent(call: Call, nowMs: number, totalBytes: number): void {
    this.#last = { atMs: nowMs, call };
    if (!this.isWaiting(nowMs)) this.#wait = { sinceMs: nowMs, totalBytes };
    this.#refused = undefined;
  }

  settled(): void {
    this.#last = undefined;
  }

  refused(nowMs: number): void {
    this.#refused = { untilMs: nowMs + REFUSED_MS, level: this.#last?.call.level ?? "moderate" };
    this.#wait = undefined;
  }

  observe(nowMs: number, totalBytes: number): void {
    const wait = this.#wait;
    if (wait === undefined) return;
    if (totalBytes - wait.totalBytes >= HELP_BYTES) {
      this.#learn(nowMs - wait.sinceMs);
      this.#wait = undefined;
    } else if (totalBytes < wait.totalBytes) {
      this.#wait = { sinceMs: wait.sinceMs, totalBytes };
    }
  }

  #learn(tookMs: number): void {
    const before = this.roundTripMs ?? tookMs;
    const learned = tookMs >= before ? tookMs : before + (tookMs - before) * LEARN_SHARE;
    this.roundTripMs = Math.round(Math.min(LONGEST_HELP_MS, Math.max(1, learned)));
  }
}

function rank(level: Pressure): number {
  return PRESSURE_LEVELS.indexOf(level);
}

function isWorse(call: Call, last: Call): boolean {
  if (rank(call.level) > rank(last.level)) return true;
  return call.needBytes >= Math.max(last.needBytes * NEED_GREW_FACTOR, last.needBytes + NEED_GREW_BYTES);
}
