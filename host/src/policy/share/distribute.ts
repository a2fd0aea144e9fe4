import { clamp, sum } from "../../model/bytes.ts";

/** One who takes part in the distribution. */
export interface Participant {
  readonly shares: number;
  readonly minBytes: number;
  /** Less and its programs are out of memory: what it uses, and what it is taking at this moment. */
  readonly bareBytes: number;
  /** Less and its programs have no room: what it uses and room to grow, without cache. */
  readonly vitalBytes: number;
  readonly floorBytes: number;
  readonly wantBytes: number;
  readonly maxBytes: number;
}

/**
 * Idle-memory tax (Waldspurger, "Memory Resource Management in VMware ESX Server", OSDI 2002, section 5.2; its default): a
 * byte beyond what a guest needs costs it 1 ÷ (1 - tax) = 4 bytes of its shares, so that what is over goes to those who work.
 */
export const IDLE_TAX = 0.75;

/** What lies within the floors works. */
const UNTAXED_TIERS = 3;

const TIERS: readonly ((claim: Participant) => number)[] = [
  (c) => c.bareBytes,
  (c) => c.vitalBytes,
  (c) => c.floorBytes,
  (c) => c.wantBytes,
  (c) => c.maxBytes,
];

/**
 * Weighted max-min fairness (water-filling) in tiers: all guarantees, then what programs use, then what they cannot do without, then all floors, then all wants, then the surplus up to
 * the maxima. Within the tier where capacity runs out each is filled to a common level of cost ÷ shares, never less than the
 * tier before gave and never more than this tier asks; what lies above a floor is taxed as idle. Guarantees are given even
 * when capacity does not reach. Returns whole bytes in the order of the participants. O(n log n), in arrays of numbers: it runs for
 * thousands of guests each second.
 */
export function distribute(participants: readonly Participant[], capacityBytes: number): Float64Array {
  let lower = bytesOf(participants, (claim) => claim.minBytes);
  for (const [index, tier] of TIERS.entries()) {
    const low = lower;
    const high = bytesOf(participants, (claim, i) => Math.max(low[i] ?? 0, tier(claim)));
    if (sum(high, Number) > capacityBytes) {
      return fill(new Water(participants, low, high, index < UNTAXED_TIERS ? 0 : IDLE_TAX), capacityBytes);
    }
    lower = high;
  }
  return lower;
}

/**
 * The tier where capacity runs out. Each claim's bytes are linear in the level between its two turning points and constant outside:
 * its cost is P up to the floor F and F + (P - F) ÷ (1 - tax) above it, its level is cost ÷ shares.
 */
class Water {
  /** The levels between which the bytes of all participants together are linear, ascending. */
  readonly turns: Float64Array;
  /** What each claim has at the present level. */
  readonly bytes: Float64Array;
  readonly #lowBytes: Float64Array;
  readonly #highBytes: Float64Array;
  readonly #fromLevel: Float64Array;
  readonly #bytesPerLevel: Float64Array;

  constructor(
    participants: readonly Participant[],
    lowBytes: Float64Array,
    highBytes: Float64Array,
    tax: number,
  ) {
    this.#lowBytes = lowBytes;
    this.#highBytes = highBytes;
    this.#fromLevel = new Float64Array(participants.length);
    this.#bytesPerLevel = new Float64Array(participants.length);
    this.turns = new Float64Array(participants.length * 2);
    this.bytes = new Float64Array(participants.length);
    participants.forEach(({ shares, floorBytes }, i) => {
      const low = lowBytes[i] ?? 0;
      const costOfLow = tax === 0 ? low : floorBytes + (low - floorBytes) / (1 - tax);
      const rate = shares * (1 - tax);
      this.#fromLevel[i] = costOfLow / shares;
      this.#bytesPerLevel[i] = rate;
      this.turns[2 * i] = costOfLow / shares;
      this.turns[2 * i + 1] = costOfLow / shares + ((highBytes[i] ?? 0) - low) / rate;
    });
    this.turns.sort();
  }

  /** Goes to this level and returns what all participants have there together. */
  rise(level: number): number {
    const [lows, highs, froms, rates] = [
      this.#lowBytes,
      this.#highBytes,
      this.#fromLevel,
      this.#bytesPerLevel,
    ];
    let total = 0;
    for (let i = 0; i < lows.length; i++) {
      const low = lows[i] ?? 0;
      const bytes = clamp(low + (level - (froms[i] ?? 0)) * (rates[i] ?? 0), low, highs[i] ?? low);
      this.bytes[i] = bytes;
      total += bytes;
    }
    return total;
  }
}

/** Raises the level until capacity is used up: first to the last turning point that it reaches, then on along the line to the next. */
function fill(water: Water, capacityBytes: number): Float64Array {
  const { turns } = water;
  let reached = 0;
  let beyond = turns.length - 1;
  while (beyond - reached > 1) {
    const middle = (reached + beyond) >> 1;
    if (water.rise(turns[middle] ?? 0) <= capacityBytes) reached = middle;
    else beyond = middle;
  }
  const level = turns[reached] ?? 0;
  const next = turns[beyond] ?? 0;
  const bytes = water.rise(level);
  const bytesPerLevel = (water.rise(next) - bytes) / (next - level);
  water.rise(bytesPerLevel > 0 ? level + Math.max(0, capacityBytes - bytes) / bytesPerLevel : level);
  return water.bytes.map(Math.floor);
}

function bytesOf(
  participants: readonly Participant[],
  of: (claim: Participant, i: number) => number,
): Float64Array {
  const bytes = new Float64Array(participants.length);
  participants.forEach((claim, i) => {
    bytes[i] = of(claim, i);
  });
  return bytes;
}
