/** Memory is shared by weighted max-min in tiers: guarantees first, then what programs use, then hot cache, headroom, comfort and surplus. */
import { clamp, sum } from "../../model/bytes.ts";

/** One guest in the distribution. */
export interface Participant {
  readonly shares: number;
  readonly minBytes: number;
  /** What it uses and takes at this moment: with less its programs are out of memory. */
  readonly bareBytes: number;
  /** That and its hot cache: with less it reads from the disk at once. */
  readonly workingBytes: number;
  /** What it uses and its headroom, without cache: with less its programs cannot grow. */
  readonly vitalBytes: number;
  readonly floorBytes: number;
  readonly wantBytes: number;
  readonly maxBytes: number;
}

/**
 * Idle-memory tax (Waldspurger, "Memory Resource Management in VMware ESX Server", OSDI 2002, section 5.2; its default). A byte
 * beyond a guest's need costs 1 ÷ (1 - tax) = 4 bytes of its shares. So surplus goes to guests that use their memory.
 */
export const IDLE_TAX = 0.75;

/** The first tiers, up to the floor, hold no idle memory. */
const UNTAXED_TIERS = 4;

const TIERS: readonly ((participant: Participant) => number)[] = [
  (c) => c.bareBytes,
  (c) => c.workingBytes,
  (c) => c.vitalBytes,
  (c) => c.floorBytes,
  (c) => c.wantBytes,
  (c) => c.maxBytes,
];

/**
 * Weighted max-min fairness (water-filling) in tiers: all guarantees, then what programs use, then hot cache, then headroom, then floors,
 * then wants, then surplus up to the maxima. In the tier where capacity runs out, each participant is filled to a common level of cost ÷ shares:
 * never less than the tier before gave, and never more than this tier's amount. Memory above a floor is taxed as idle. Guarantees are
 * given even if capacity does not suffice.
 *
 * Returns whole bytes in the order of the participants. It is O(n log n) and uses arrays of numbers, because it runs for thousands of
 * guests each second.
 */
export function distribute(participants: readonly Participant[], capacityBytes: number): Float64Array {
  let lower = bytesOf(participants, (participant) => participant.minBytes);
  for (const [index, tier] of TIERS.entries()) {
    const low = lower;
    const high = bytesOf(participants, (participant, i) => Math.max(low[i] ?? 0, tier(participant)));
    if (sum(high, Number) > capacityBytes) {
      return fill(new Water(participants, low, high, index < UNTAXED_TIERS ? 0 : IDLE_TAX), capacityBytes);
    }
    lower = high;
  }
  return lower;
}

/**
 * The tier where capacity runs out. Each participant's bytes are linear in the level between its two turning points, and constant
 * outside. For P bytes and a floor F its cost is P up to the floor, and F + (P - F) ÷ (1 - tax) above it. Its level is cost ÷ shares.
 */
class Water {
  /** The levels between which the bytes of all participants together are linear, ascending. */
  readonly turns: Float64Array;
  /** What each participant has at the present level. */
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

  /** Goes to this level and returns the sum of what all participants have there. */
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

/** Raises the level until capacity is used up: to the last turning point within capacity, then along the line to the next one. */
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
  of: (participant: Participant, i: number) => number,
): Float64Array {
  const bytes = new Float64Array(participants.length);
  participants.forEach((participant, i) => {
    bytes[i] = of(participant, i);
  });
  return bytes;
}
