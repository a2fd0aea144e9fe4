/** Who may come in at all, before anything of theirs is read: bounds by address and in total. Pure; time comes from the caller. */
import { TokenBucket } from "../token-bucket.ts";

/** Bounds on connections that have not shown a valid token yet. */
export interface DoorLimits {
  /** Connections of one address at the same time. */
  readonly strangersPerAddress: number;
  /** Connections of all addresses at the same time. */
  readonly strangers: number;
  /** New connections of one address: so many a second, after a burst. */
  readonly perAddressPerSecond: number;
  readonly perAddressBurst: number;
}

/** A thousand guests behind one address are all back within 20 s of a broker's restart. */
export const DOOR_LIMITS: DoorLimits = {
  strangersPerAddress: 64,
  strangers: 256,
  perAddressPerSecond: 50,
  perAddressBurst: 200,
};

/** Addresses remembered; beyond it those are forgotten that came first. */
const MOST_ADDRESSES = 4096;

export type Entry = "welcome" | "too-fast" | "too-many";

interface Visitor {
  readonly rate: TokenBucket;
  inside: number;
}

export class Door {
  readonly #limits: DoorLimits;
  readonly #visitors = new Map<string, Visitor>();
  #inside = 0;

  constructor(limits: DoorLimits) {
    this.#limits = limits;
  }

  /** Strangers that are inside. */
  get inside(): number {
    return this.#inside;
  }

  /** A new connection; one that is welcome must be followed by one {@link leave}. */
  enter(address: string, nowMs: number): Entry {
    const visitor = this.#visitor(groupOf(address));
    if (!visitor.rate.take(nowMs)) return "too-fast";
    const isFull =
      visitor.inside >= this.#limits.strangersPerAddress || this.#inside >= this.#limits.strangers;
    if (isFull) return "too-many";
    visitor.inside++;
    this.#inside++;
    return "welcome";
  }

  /** It has shown a token, or is gone. */
  leave(address: string): void {
    this.#inside--;
    const visitor = this.#visitors.get(groupOf(address));
    if (visitor !== undefined) visitor.inside--;
  }

  #visitor(group: string): Visitor {
    const known = this.#visitors.get(group);
    if (known !== undefined) return known;
    this.#forgetOldest();
    const { perAddressPerSecond, perAddressBurst } = this.#limits;
    const visitor = { rate: new TokenBucket(perAddressPerSecond, perAddressBurst), inside: 0 };
    this.#visitors.set(group, visitor);
    return visitor;
  }

  /** Whoever is inside is remembered: there are fewer of them than fit. */
  #forgetOldest(): void {
    if (this.#visitors.size < MOST_ADDRESSES) return;
    for (const [group, { inside }] of this.#visitors) {
      if (inside > 0) continue;
      this.#visitors.delete(group);
      return;
    }
  }
}

/** Of IPv6 the /64, since one machine has as many addresses as it likes within it; IPv4 written as IPv6 counts as IPv4. */
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
