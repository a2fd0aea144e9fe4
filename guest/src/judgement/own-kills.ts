/** Counts OOM kills because the guest itself ran out of memory. Linux also counts kills in containers at their own limit. */
import type { MemorySample } from "../sample/memory-sample.ts";
import { isReclaiming, type PressureInput } from "./pressure.ts";

/** Follows the kernel's counter. Kills from before the agent's start count too, since their cause is unknown. */
export class OwnKills {
  #counted: number | undefined;
  #foreign = 0;

  /** The guest's own kills so far; undefined when the kernel does not count. `pressure` tells whether the guest itself is short of memory now. */
  count({ counters }: MemorySample, pressure: PressureInput): number | undefined {
    const kills = counters?.vmstat.oomKills;
    if (kills === undefined) return undefined;
    if (kills !== this.#counted) this.#rise(kills - (this.#counted ?? kills), pressure);
    this.#counted = kills;
    return Math.max(0, kills - this.#foreign);
  }

  #rise(kills: number, pressure: PressureInput): void {
    if (kills > 0 && !isReclaiming(pressure)) this.#foreign += kills;
  }
}
