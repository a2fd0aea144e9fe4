/** KSM's knobs as the broker found them. They are saved on disk before the first is changed, and restored at the end. */
import type { KsmKnobs, KsmRecord, KsmWrites } from "../../model/ksm.ts";
import type { KsmRecordStore, KsmWriter } from "../../model/ksm-adapters.ts";

type Kept = Pick<KsmRecord, "found" | "manualOff" | "switchedOff">;
const NOTHING: Kept = { found: {}, manualOff: false, switchedOff: {} };

export class SavedKnobs {
  readonly #writer: KsmWriter;
  readonly #record: KsmRecordStore;
  #kept: Kept = NOTHING;
  #written: KsmWrites = {};

  constructor(writer: KsmWriter, record: KsmRecordStore) {
    this.#writer = writer;
    this.#record = record;
  }

  /** Knobs as the broker last wrote them. */
  get written(): KsmWrites {
    return this.#written;
  }

  get found(): KsmWrites {
    return this.#kept.found;
  }

  get manualOff(): boolean {
    return this.#kept.manualOff;
  }

  /** Guests whose merging the broker switched off, with their processes. */
  get switchedOff(): Readonly<Record<string, number>> {
    return this.#kept.switchedOff;
  }

  /** Takes over what an earlier broker saved. Returns the process of a broker that still runs. */
  takeOver(): { readonly otherBroker?: number } {
    const record = this.#record.load();
    if (record === undefined) return {};
    if (this.#record.isOwnerAlive(record)) return { otherBroker: record.processId };
    const { manualOff } = record;
    // A reboot has undone everything but the admin's command.
    this.#kept = this.#record.isOfThisBoot(record) ? record : { ...NOTHING, manualOff };
    return {};
  }

  /** Writes the knobs that differ. Rejects with a typed error. Without a record on disk nothing is written. */
  async turn(wanted: KsmWrites, current: KsmKnobs): Promise<KsmWrites> {
    const { advisorMode } = wanted;
    // Switching the advisor resets the pace, so a knob that is right now will not be right then.
    const isSwitch = advisorMode !== undefined && advisorMode !== current.advisorMode;
    const writes = isSwitch ? wanted : differing(wanted, current);
    if (Object.keys(writes).length === 0) return writes;
    if (!this.hold(current)) return {};
    // A failed write may have changed some knobs. They are not another program's change.
    const { written } = this;
    this.#written = {};
    await this.#writer.write(writes);
    this.#written = { ...written, ...writes };
    return writes;
  }

  /** Saves all knobs as they are, unless they are saved already: they depend on each other. Returns false if saving failed. */
  hold(current: KsmKnobs): boolean {
    return this.#keep({ found: { ...current, ...this.#kept.found } });
  }

  /** Until the next write no change counts as another program's. */
  forgetWritten(): void {
    this.#written = {};
  }

  setManualOff(manualOff: boolean): void {
    this.#keep({ manualOff });
  }

  /** Notes a switch of a guest's merging: before it is switched off, or after it is switched on. */
  noteSwitch(name: string, processId: number | undefined): boolean {
    const { [name]: _before, ...others } = this.#kept.switchedOff;
    return this.#keep({ switchedOff: processId === undefined ? others : { ...others, [name]: processId } });
  }

  /** Another program sets the knobs: the broker no longer compares or restores them. */
  letGo(): void {
    this.#written = {};
    this.#keep({ found: {} });
  }

  /** Puts the knobs back as they were found. If it rejects (with a typed error), the record stays. */
  async restore(current: KsmKnobs | undefined): Promise<boolean> {
    const { found, manualOff, switchedOff } = this.#kept;
    const isTurned = Object.keys(found).length > 0;
    if (isTurned && current !== undefined) await this.#writer.write(restoring(found, current));
    this.#written = {};
    this.#kept = { found: {}, manualOff, switchedOff };
    if (manualOff || Object.keys(switchedOff).length > 0) this.#record.save(this.#kept);
    else this.#record.clear();
    return isTurned;
  }

  #keep(change: Partial<Kept>): boolean {
    const kept = { ...this.#kept, ...change };
    if (JSON.stringify(kept) === JSON.stringify(this.#kept)) return true;
    if (!this.#record.save(kept)) return false;
    this.#kept = kept;
    return true;
  }
}

/** What to write so that the knobs are as `found`. */
export function restoring(found: KsmWrites, current: KsmKnobs): KsmWrites {
  const { run, ...others } = found;
  const writes: KsmWrites = { ...others, ...(run !== undefined && { run: run === 2 ? 0 : run }) };
  // Switching the advisor resets the pace, and while the advisor is on, the broker does not set the pace.
  const { pagesToScan: _pace, ...rest } = writes;
  const switchesAdvisor = found.advisorMode !== undefined && found.advisorMode !== current.advisorMode;
  if (found.advisorMode === "scan-time") return differing(rest, current);
  return switchesAdvisor ? { ...writes } : differing(writes, current);
}

function differing(wanted: KsmWrites, current: KsmKnobs): KsmWrites {
  const names = Object.keys(wanted) as (keyof KsmKnobs)[];
  return Object.fromEntries(
    names.flatMap((name) => (wanted[name] === current[name] ? [] : [[name, wanted[name]]])),
  );
}
