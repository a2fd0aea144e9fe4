/** Bounds connections that have not shown a valid token, by address and in total. Pure; time comes from the caller. */
import { TokenBucket } from "../../timing/token-bucket.ts";

export interface AdmissionBounds {
  /** Places of one address. */
  readonly pendingPerAddress: number;
  /** Places of all addresses. */
  readonly pending: number;
  /** The rate of new connections of one address: a burst, then connections per second. */
  readonly perAddressPerSecond: number;
  readonly perAddressBurst: number;
}

/**
 * At its full rate an address fills its own places in 1.3 s, so a connection keeps its place at least that long. An opening handshake
 * takes a few round trips. A thousand guests behind one address need 20 s at this rate.
 */
export const ADMISSION_BOUNDS: AdmissionBounds = {
  pendingPerAddress: 64,
  pending: 256,
  perAddressPerSecond: 50,
  perAddressBurst: 200,
};

/** At most this many addresses are remembered for their rate; the oldest are forgotten first. */
const MOST_ADDRESSES = 4096;

/** A connection's place until it shows a token or ends. */
export interface Place {
  readonly group: string;
  /** Counts up: the smaller number is the older place. */
  readonly number: number;
}

export type Admission =
  | { readonly ok: false }
  /** `evicted` lost its place to the new connection. */
  | { readonly ok: true; readonly place: Place; readonly evicted?: Place };

export class AdmissionLimits {
  readonly #bounds: AdmissionBounds;
  readonly #rates = new Map<string, TokenBucket>();
  /** By address, the oldest place first. Only addresses with a place are here. */
  readonly #places = new Map<string, Set<Place>>();
  #pending = 0;
  #lastNumber = 0;

  constructor(bounds: AdmissionBounds) {
    this.#bounds = bounds;
  }

  /** Places that are taken. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Gives a new connection a place unless its address opens too many a second. If no place is free, the oldest connection of its own
   * address loses its place, or else the oldest of the address with most places. So many silent connections replace each other.
   */
  enter(address: string, nowMs: number): Admission {
    const group = groupOf(address);
    if (!this.#rateOf(group).take(nowMs)) return { ok: false };
    const evicted = this.#evictFor(group);
    if (evicted !== undefined) this.leave(evicted);
    const place = { group, number: ++this.#lastNumber };
    const places = this.#places.get(group) ?? new Set();
    this.#places.set(group, places.add(place));
    this.#pending++;
    return { ok: true, place, ...(evicted && { evicted }) };
  }

  /** The connection has shown a token, or has ended. Calling it again changes nothing. */
  leave(place: Place): void {
    const places = this.#places.get(place.group);
    if (places?.delete(place) !== true) return;
    this.#pending--;
    if (places.size === 0) this.#places.delete(place.group);
  }

  #evictFor(group: string): Place | undefined {
    const own = this.#places.get(group);
    if (own !== undefined && own.size >= this.#bounds.pendingPerAddress) return oldestOf(own);
    return this.#pending >= this.#bounds.pending ? this.#oldestOfTheMost() : undefined;
  }

  #oldestOfTheMost(): Place | undefined {
    let found: Place | undefined;
    let most = 0;
    for (const places of this.#places.values()) {
      const oldest = oldestOf(places);
      if (oldest === undefined || places.size < most) continue;
      if (places.size === most && found !== undefined && found.number < oldest.number) continue;
      found = oldest;
      most = places.size;
    }
    return found;
  }

  #rateOf(group: string): TokenBucket {
    const known = this.#rates.get(group);
    if (known !== undefined) return known;
    const [first] = this.#rates.keys();
    if (this.#rates.size >= MOST_ADDRESSES && first !== undefined) this.#rates.delete(first);
    const rate = new TokenBucket(this.#bounds.perAddressPerSecond, this.#bounds.perAddressBurst);
    this.#rates.set(group, rate);
    return rate;
  }
}

function oldestOf(places: ReadonlySet<Place>): Place | undefined {
  const [oldest] = places;
  return oldest;
}

/** The key of an address. For IPv6 it is the /64, since one machine may use any address within it. IPv4 in IPv6 counts as IPv4. */
export function groupOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return `${[...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":")}::/64`;
}
