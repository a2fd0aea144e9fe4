/** Runs the policy and keeps its memory between decisions. */
import type { GuestDemand } from "../model/guest.ts";
import type { Plan } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { answerDemand, type UrgentDecision } from "../policy/answer-demand.ts";
import { decide } from "../policy/decide.ts";
import type { MomentNeeds } from "../policy/demand/moment-needs.ts";
import { emptyMemory, type PolicyMemory, remembered } from "../policy/memory.ts";

/** How often the policy has decided, by cause. Each decision covers all guests. */
export interface PolicyWork {
  readonly ticks: number;
  readonly demands: number;
}

export class PolicyRunner {
  #work: PolicyWork = { ticks: 0, demands: 0 };
  #memory: PolicyMemory = emptyMemory();
  #plan: Plan | undefined;
  /** What the last demand's decision assessed, for another demand of the same moment. */
  #needs: MomentNeeds | undefined;

  /** The newest plan; undefined before the first. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Counted since the start. */
  get work(): PolicyWork {
    return this.#work;
  }

  /** Hot cache that was learned of a guest in the boot that was first seen then, in bytes; undefined: nothing was learned in it. */
  hotCacheBytes(name: string, bootSeenAtMs: number): number | undefined {
    const known = remembered(this.#memory, name);
    return known?.bootSeenAtMs === bootSeenAtMs ? known.cache.hotBytes : undefined;
  }

  decide(snapshot: Snapshot, settings: PolicySettings): Plan {
    const { plan, memory } = decide(snapshot, this.#memory, settings);
    this.#work = { ...this.#work, ticks: this.#work.ticks + 1 };
    this.#memory = memory;
    this.#plan = plan;
    this.#needs = undefined;
    return plan;
  }

  answer(snapshot: Snapshot, settings: PolicySettings, name: string, demand: GuestDemand): UrgentDecision {
    const decision = answerDemand(snapshot, this.#memory, settings, name, demand, this.#needs);
    this.#work = { ...this.#work, demands: this.#work.demands + 1 };
    this.#memory = decision.memory;
    this.#needs = decision.needs;
    return decision;
  }
}
