/** Which guests' balloons may be moved: the config's mode holds, and a guest's own mode goes before it. */
import type { GuestModeStore } from "../model/guest-modes.ts";
import type { Mode, ModeChoice } from "../model/settings.ts";

export class GuestModes {
  readonly #store: GuestModeStore;
  /** Guests that are not there now keep theirs: a guest of a platform comes back. */
  #own: ReadonlyMap<string, Mode> = new Map();

  constructor(store: GuestModeStore) {
    this.#store = store;
  }

  /** Takes up what an earlier broker kept. */
  restore(): void {
    this.#own = new Map(Object.entries(this.#store.load()));
  }

  /** The guest's own mode; undefined: the config's mode holds. */
  own(name: string): Mode | undefined {
    return this.#own.get(name);
  }

  /** The mode that holds for a guest. */
  of(name: string, configured: Mode): Mode {
    return this.#own.get(name) ?? configured;
  }

  /**
   * Gives the guests a mode of their own, or takes it from them (`config`).
   * @throws {GuestModeStoreError} if it cannot be saved for a restart; then nothing has changed.
   */
  set(names: readonly string[], choice: ModeChoice): void {
    const own = new Map(this.#own);
    for (const name of names) {
      if (choice === "config") own.delete(name);
      else own.set(name, choice);
    }
    this.#store.save(Object.fromEntries(own));
    this.#own = own;
  }
}
