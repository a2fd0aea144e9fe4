import { clamp, sum } from "../model/bytes.ts";

/** One who takes part in the distribution. */
export interface Claim {
  readonly name: string;
  readonly shares: number;
  readonly minBytes: number;
  readonly floorBytes: number;
  readonly wantBytes: number;
  readonly maxBytes: number;
}

const ROUNDS = 60;

/**
 * Weighted max-min fairness (water-filling) in tiers: all guarantees, then all floors, then all wants, then the surplus up to
 * the maxima. Within the tier where capacity runs out, each gets `level × shares`, never less than the tier before gave and
 * never more than this tier asks. Guarantees are given even when capacity does not reach.
 */
export function distribute(claims: readonly Claim[], capacityBytes: number): Map<string, number> {
  let lower = claims.map((claim) => claim.minBytes);
  const tiers: ((claim: Claim) => number)[] = [(c) => c.floorBytes, (c) => c.wantBytes, (c) => c.maxBytes];
  for (const tier of tiers) {
    const upper = claims.map((claim, i) => Math.max(lower[i] ?? 0, tier(claim)));
    if (sum(upper, Number) > capacityBytes) return named(claims, fill(claims, lower, upper, capacityBytes));
    lower = upper;
  }
  return named(claims, lower);
}

function fill(
  claims: readonly Claim[],
  lower: readonly number[],
  upper: readonly number[],
  capacityBytes: number,
): number[] {
  const at = (level: number) =>
    claims.map((claim, i) => clamp(level * claim.shares, lower[i] ?? 0, upper[i] ?? 0));
  let low = 0;
  let high = Math.max(0, ...claims.map((claim, i) => (upper[i] ?? 0) / claim.shares));
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (sum(at(middle), Number) > capacityBytes) high = middle;
    else low = middle;
  }
  return at(low).map(Math.floor);
}

function named(claims: readonly Claim[], bytes: readonly number[]): Map<string, number> {
  return new Map(claims.map((claim, i) => [claim.name, bytes[i] ?? claim.minBytes]));
}
