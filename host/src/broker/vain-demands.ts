/** Demands that got nothing: until something changes, the same guest's next ones get the same answer without a decision. */
import { type GuestDemand, PRESSURE_LEVELS } from "../model/guest.ts";
import type { DemandAnswer } from "../model/plan.ts";

interface Vain {
  readonly answer: DemandAnswer;
  readonly level: GuestDemand["level"];
}

export class VainDemands {
  readonly #byGuest = new Map<string, Vain>();

  /**
   * The answer to a demand that would get nothing again; absent: it must be decided. How much is demanded does not matter: where
   * nothing was granted, there was nothing to grant. A higher pressure may get what a lower one does not.
   */
  recall(name: string, { level }: GuestDemand): DemandAnswer | undefined {
    const vain = this.#byGuest.get(name);
    if (vain === undefined) return undefined;
    return PRESSURE_LEVELS.indexOf(level) <= PRESSURE_LEVELS.indexOf(vain.level) ? vain.answer : undefined;
  }

  /** Keeps the answer of a demand that moved no balloon. */
  remember(name: string, { level }: GuestDemand, answer: DemandAnswer): void {
    this.#byGuest.set(name, { answer, level });
  }

  /** Something changed: what was vain may not be any more. */
  clear(): void {
    this.#byGuest.clear();
  }
}
