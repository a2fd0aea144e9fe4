/** Who may come in at all, before anything of theirs is read: bounds by address and in total. Pure; time comes from the caller. */
import { TokenBucket } from "../../timing/token-bucket.ts";

/** Bounds on connections that have not shown a valid token yet. */
export interface AdmissionBounds {
  /** Connections of one address at the same time. */
  readonly pendingPerAddress: number;
  /** Connections of all addresses at the same time. */
  readonly pending: number;
  /** New connections of one address: so many a second, after a burst. */
  readonly perAddressPerSecond: number;
  readonly perAddressBurst: number;
}

/** A thousand guests behind one address are all back within 20 s of a broker's restart. */
export const ADMISSION_BOUNDS: AdmissionBounds = {
  pendingPerAddress: 64,
  pending: 256,
  perAddressPerSecond: 50,
  perAddressBurst: 200,
};

/** Addresses remembered; beyond it those are forgotten that came first. */
const MOST_ADDRESSES = 4096;

export type Admission = "welcome" | "too-fast" | "too-many";

interface Address {
  readonly rate: TokenBucket;
  pending: number;
}

export class AdmissionLimits {
  readonly #limits: AdmissionBounds;
  readonly #addresses = new Map<string, Address>();
  #pending = 0;

  constructor(limits: AdmissionBounds) {
    this.#limits = limits;
  }

  /** Strangers that are inside. */
  get pending(): number {
    return this.#pending;
  }

  /** A new connection; one that is welcome must be followed by one {@link leave}. */
  enter(address: string, nowMs: number): Admission {
    const from = this.#address(groupOf(address));
    if (!from.rate.take(nowMs)) return "too-fast";
    const isFull = from.pending >= this.#limits.pendingPerAddress || this.#pending >= this.#limits.pending;
    if (isFull) return "too-many";
    from.pending++;
    this.#pending++;
    return "welcome";
  }

  /** It has shown a token, or is gone. */
  leave(address: string): void {
    this.#pending--;
    const from = this.#addresses.get(groupOf(address));
    if (from !== undefined) from.pending--;
  }

  #address(group: string): Address {
    const known = this.#addresses.get(group);
    if (known !== undefined) return known;
    this.#forgetOldest();
    const { perAddressPerSecond, perAddressBurst } = this.#limits;
    const address = { rate: new TokenBucket(perAddressPerSecond, perAddressBurst), pending: 0 };
    this.#addresses.set(group, address);
    return address;
  }

  /** Whoever is inside is remembered: there are fewer of them than fit. */
  #forgetOldest(): void {
    if (this.#addresses.size < MOST_ADDRESSES) return;
    for (const [group, { pending }] of this.#addresses) {
      if (pending > 0) continue;
      this.#addresses.delete(group);
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
