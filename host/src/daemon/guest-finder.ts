/** Looks again and again which guests there are, and tells what could not be read. */
import type { EventLog } from "../broker/event-log.ts";
import type { FoundGuests, GuestEntry, GuestInventory } from "../model/inventory.ts";
import { mergeGuests, type WrittenGuests } from "./merge-guests.ts";

/** A guest that was started is managed this late; what an inventory reads again meanwhile is little. */
const LOOK_EVERY_MS = 2_000;
/** Of more problems at a time only the count is told. */
const MOST_TOLD = 20;

export interface GuestFinderOptions {
  readonly events: EventLog;
  readonly written: WrittenGuests;
  readonly inventories: readonly GuestInventory[];
}

export class GuestFinder {
  readonly #events: EventLog;
  #written: WrittenGuests;
  #inventories: readonly GuestInventory[];
  readonly #last = new Map<GuestInventory, readonly GuestEntry[]>();
  #told: ReadonlySet<string> = new Set();

  constructor({ events, written, inventories }: GuestFinderOptions) {
    this.#events = events;
    this.#written = written;
    this.#inventories = inventories;
  }

  /** A reload: guests are looked for in another way from now on. */
  async change(written: WrittenGuests, inventories: readonly GuestInventory[]): Promise<void> {
    const before = this.#inventories;
    this.#written = written;
    this.#inventories = inventories;
    this.#last.clear();
    await Promise.all(before.map((inventory) => inventory.close()));
  }

  /** All guests that there are now. */
  async find(): Promise<readonly GuestEntry[]> {
    const found = await Promise.all(this.#inventories.map((inventory) => this.#list(inventory)));
    const merged = mergeGuests(this.#written, found);
    this.#tell(merged);
    return merged.entries;
  }

  /** Calls `look` every few seconds, one call at a time, until the returned function is called. */
  watch(look: () => Promise<unknown>): () => void {
    if (this.#inventories.length === 0) return () => {};
    let timer: NodeJS.Timeout | undefined;
    const plan = () => {
      timer = setTimeout(() => void look().finally(plan), LOOK_EVERY_MS);
    };
    plan();
    return () => clearTimeout(timer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#inventories.map((inventory) => inventory.close()));
  }

  /** What an inventory does not foresee lets no guest go. */
  async #list(inventory: GuestInventory): Promise<FoundGuests> {
    try {
      const found = await inventory.list();
      this.#last.set(inventory, found.entries);
      return found;
    } catch (error) {
      const problems = [`looking for guests fails, they stay as they were known: ${String(error)}`];
      return { entries: this.#last.get(inventory) ?? [], problems };
    }
  }

  /** Each problem once, and its end. */
  #tell({ problems }: FoundGuests): void {
    const told = new Set(problems.slice(0, MOST_TOLD));
    if (problems.length > MOST_TOLD) told.add(`and ${problems.length - MOST_TOLD} more`);
    for (const text of told) if (!this.#told.has(text)) this.#events.add("warn", "inventory", text);
    for (const text of this.#told)
      if (!told.has(text)) this.#events.add("info", "inventory", `over: ${text}`);
    this.#told = told;
  }
}
