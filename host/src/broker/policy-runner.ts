/** Asks the policy and keeps what it remembers between decisions. */
import type { GuestDemand } from "../model/guest.ts";
import type { Plan } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { answerDemand, type UrgentDecision } from "../policy/answer-demand.ts";
import { decide } from "../policy/decide.ts";
import { emptyMemory, type PolicyMemory } from "../policy/memory.ts";

export class PolicyRunner {
  #memory: PolicyMemory = emptyMemory();
  #plan: Plan | undefined;

  /** The newest plan; absent before the first. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  decide(snapshot: Snapshot, settings: PolicySettings): Plan {
    const { plan, memory } = decide(snapshot, this.#memory, settings);
    this.#memory = memory;
    this.#plan = plan;
    return plan;
  }

  answer(snapshot: Snapshot, settings: PolicySettings, name: string, demand: GuestDemand): UrgentDecision {
    const decision = answerDemand(snapshot, this.#memory, settings, name, demand);
    this.#memory = decision.memory;
    return decision;
  }
}
