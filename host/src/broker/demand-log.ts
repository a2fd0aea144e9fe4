/** Tells the events of demands, bounded: a guest may ask fifty times a second. */
import type { GuestDemand } from "../model/guest.ts";
import type { DemandAnswer } from "../model/plan.ts";
import type { EventLog } from "./event-log.ts";
import { demandText } from "./wording.ts";

/** Lines of one guest: a burst, then one in this time. */
const LINES_BURST = 5;
const MS_PER_LINE = 2_000;

interface Allowance {
  lines: number;
  atMs: number;
  untold: number;
}

export class DemandLog {
  readonly #events: EventLog;
  readonly #allowances = new Map<string, Allowance>();

  constructor(events: EventLog) {
    this.#events = events;
  }

  /** Whether the demand may be told; what may not is counted and told with the next. */
  admits(name: string, nowMs: number): boolean {
    const allowance = this.#allowances.get(name) ?? { lines: LINES_BURST, atMs: nowMs, untold: 0 };
    this.#allowances.set(name, allowance);
    allowance.lines = Math.min(LINES_BURST, allowance.lines + (nowMs - allowance.atMs) / MS_PER_LINE);
    allowance.atMs = nowMs;
    if (allowance.lines >= 1) {
      allowance.lines -= 1;
      return true;
    }
    allowance.untold += 1;
    return false;
  }

  tell(name: string, demand: GuestDemand, answer: DemandAnswer): void {
    const allowance = this.#allowances.get(name);
    const untold = allowance?.untold ?? 0;
    if (allowance !== undefined) allowance.untold = 0;
    const more = untold === 0 ? "" : ` (and asked ${untold} times more before)`;
    const level = answer.outcome === "granted" ? "info" : "warn";
    this.#events.add(level, "demand", `${demandText(demand, answer)}${more}`, name);
  }

  /** The guest is no longer ours. */
  forget(name: string): void {
    this.#allowances.delete(name);
  }
}
