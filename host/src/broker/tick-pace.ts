/** How soon the next tick comes: at the configured pace, sooner while a demand is unpaid or the host runs out. */
import type { Plan } from "../model/plan.ts";

/** While a demand is unpaid the next tick comes this soon. */
export const OWED_TICK_MS = 100;
/** While the host could run out within seconds, the next tick comes this soon. */
const URGENT_TICK_MS = 250;

export class TickPace {
  /** Ticks in a row in which a demand was unpaid and nothing moved. */
  #idleTicks = 0;

  /**
   * The longest time to the next tick, in ms. While balloons move, an unpaid demand is decided ten times a second. While none moves,
   * there is nothing to pay it with: the time doubles each tick, up to the usual pace. Otherwise one guest with a debt that cannot be
   * paid would cost ten decisions over all guests each second.
   */
  next(
    plan: Pick<Plan, "owedBytes" | "urgent" | "moves"> | undefined,
    isMoving: boolean,
    tickMs: number,
  ): number {
    const { owedBytes = 0, urgent = false, moves = [] } = plan ?? {};
    const paceMs = urgent ? Math.min(URGENT_TICK_MS, tickMs) : tickMs;
    const isIdle = owedBytes > 0 && !isMoving && moves.length === 0;
    this.#idleTicks = isIdle ? this.#idleTicks + 1 : 0;
    if (owedBytes <= 0) return paceMs;
    return Math.min(paceMs, OWED_TICK_MS * 2 ** Math.min(this.#idleTicks, 10));
  }
}
