/** Demands that got nothing. Until something changes, the guest's next demands get the same answer without a decision. */
import { type GuestDemand, PRESSURE_LEVELS } from "../model/guest.ts";
import type { DemandAnswer } from "../model/plan.ts";

interface Vain {
  readonly answer: DemandAnswer;
  readonly level: GuestDemand["level"];
}

export class VainDemands {
  readonly #byGuest = new Map<string, Vain>();

  /**
   * The answer to a demand that would get nothing again; undefined: it must be decided. The demanded amount does not matter: if nothing
   * was granted, there was nothing to grant. A demand with higher pressure may get what one with lower pressure does not.
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

  /** Something changed: a demand that got nothing may now get something. */
  clear(): void {
    this.#byGuest.clear();
  }
}
