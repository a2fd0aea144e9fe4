/** Counts OOM kills that a guest's own want of memory caused: Linux counts those of containers at their own limit with them. */

/** Follows the kernel's counter. Kills from before the agent's start count, as nobody knows why they were. */
export class OwnKills {
  #counted: number | undefined;
  #foreign = 0;

  /** `kills` as the kernel counts them, absent when it does not; `isReclaiming`: whether the guest itself is short of memory now. */
  count(kills: number | undefined, isReclaiming: boolean): number | undefined {
    if (kills === undefined) return undefined;
    const risen = kills - (this.#counted ?? kills);
    if (risen > 0 && !isReclaiming) this.#foreign += risen;
    this.#counted = kills;
    return Math.max(0, kills - this.#foreign);
  }
}
