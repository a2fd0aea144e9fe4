/** What was true at a moment of a run, put together from the records before it. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { Part, RunRecord } from "./run-record.ts";

/** When a part was lost and when it came back; absent: never. */
export interface Absence {
  readonly lostAtMs?: number;
  readonly backAtMs?: number;
}

interface Seen {
  readonly atMs: number;
  readonly bytes: number;
}

/** A size over time. */
class Course {
  /** Oldest first. */
  readonly #seen: Seen[] = [];

  add(seen: Seen): void {
    this.#seen.push(seen);
  }

  /** All sizes since then, the one that it had as that time began among them. */
  since(atMs: number): readonly number[] {
    const first = this.#seen.findLastIndex((seen) => seen.atMs <= atMs);
    return this.#seen.slice(Math.max(0, first)).map(({ bytes }) => bytes);
  }
}

/** One guest. */
export class GuestState {
  readonly minBytes: number;
  readonly maxBytes: number;
  sizeBytes: number;
  /** What QEMU was told last; it outlives the broker. */
  targetBytes: number | undefined;
  bootedAtMs: number | undefined;
  /** When the guest told of itself last, in this boot. */
  newsAtMs: number | undefined;
  readonly absences = new Map<Part, Absence>();
  readonly #uses = new Course();
  readonly #sizes = new Course();

  constructor(limits: { readonly minBytes: number; readonly maxBytes: number }) {
    this.minBytes = limits.minBytes;
    this.maxBytes = limits.maxBytes;
    this.sizeBytes = limits.maxBytes;
  }

  /** What the guest has or may take without a further command; none while it is off. */
  get promisedBytes(): number {
    return Math.max(this.sizeBytes, this.targetBytes ?? 0);
  }

  used(use: Seen): void {
    this.#uses.add(use);
  }

  sized(size: Seen): void {
    this.#sizes.add(size);
    this.sizeBytes = size.bytes;
  }

  /** The least that it used from `sinceMs` on. */
  leastUsedBytes(sinceMs: number): number {
    return Math.min(this.maxBytes, ...this.#uses.since(sinceMs));
  }

  /** The most that it had from `sinceMs` on. */
  largestBytes(sinceMs: number): number {
    return Math.max(0, ...this.#sizes.since(sinceMs));
  }
}

/** All guests and the budget. */
export class RunState {
  budgetBytes = Number.POSITIVE_INFINITY;
  heldBytes = 0;
  broker: Absence = {};
  readonly guests = new Map<string, GuestState>();

  get promisedBytes(): number {
    return sum([...this.guests.values()], (guest) => guest.promisedBytes);
  }

  /** Takes in what happened. */
  take(record: RunRecord): void {
    if (record.kind === "budget") this.budgetBytes = record.bytes;
    else if (record.kind === "held") this.heldBytes = record.bytes;
    else if (record.kind === "guest") this.guests.set(record.guest, new GuestState(record));
    else if (record.kind === "lost") this.#absence(record, { lostAtMs: record.atMs });
    else if (record.kind === "back") this.#absence(record, { backAtMs: record.atMs });
    else this.#ofGuest(record, this.#guest(record.guest));
  }

  #ofGuest(record: RunRecord, guest: GuestState): void {
    if (record.kind === "size") guest.sized(record);
    if (record.kind === "target") guest.targetBytes = record.bytes;
    if (record.kind === "use") guest.used(record);
    if (record.kind === "news") guest.newsAtMs = record.atMs;
    if (record.kind === "off") {
      guest.sizeBytes = 0;
      guest.targetBytes = undefined;
    }
    if (record.kind !== "boot") return;
    guest.bootedAtMs = record.atMs;
    guest.newsAtMs = undefined;
  }

  #absence({ part, guest }: { readonly part: Part; readonly guest?: string }, change: Absence): void {
    if (guest === undefined) this.broker = { ...this.broker, ...change };
    else {
      const { absences } = this.#guest(guest);
      absences.set(part, { ...absences.get(part), ...change });
    }
  }

  #guest(name: string): GuestState {
    const guest = this.guests.get(name);
    if (guest === undefined) throw new RangeError(`the run tells of ${name} before it is there`);
    return guest;
  }
}

/** Whether the part is away at a moment. */
export function isAway({ lostAtMs, backAtMs }: Absence, atMs: number): boolean {
  return lostAtMs !== undefined && lostAtMs <= atMs && (backAtMs === undefined || backAtMs < lostAtMs);
}

/** Whether the part was away at any moment since `sinceMs`. */
export function wasAway(absence: Absence, sinceMs: number, atMs: number): boolean {
  return isAway(absence, atMs) || (absence.backAtMs ?? Number.NEGATIVE_INFINITY) >= sinceMs;
}
