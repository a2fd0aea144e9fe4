/** Memory is paid out in order of need: demands first, then floors, surplus last. */
import { MIB, sum } from "../../model/bytes.ts";
import { type IntentKind, type Regime, worse } from "../../model/plan.ts";
import type { Ledger } from "../budget/ledger.ts";
import { spendable } from "../budget/spendable.ts";
import { type GuestNeed, isLowOnHeadroom } from "../need/assess.ts";
import { isForDemand } from "../reason.ts";
import { GIVE_MARGIN } from "../thresholds.ts";
import type { Intent } from "./intent.ts";

/** The order in which growth is paid when not all of it can be; a kind that is not named comes last. */
const PAID_IN_ORDER: readonly (readonly IntentKind[])[] = [
  ["answer-demand", "pay-debt", "follow-deflate"],
  ["give-to-floor"],
  ["release"],
  ["manual"],
  ["give-surplus"],
];
const RANKS: ReadonlyMap<IntentKind, number> = new Map(
  PAID_IN_ORDER.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)),
);
/** Growth in bytes per second that is assumed of guests that do not grow, to compare them. */
const LEAST_GROWTH = MIB;

/** One guest's intent, cut to what could be paid. */
export interface Funded {
  readonly guest: GuestNeed;
  readonly intent: Intent;
  /** The part of the intent that could not be paid. */
  readonly unpaidBytes: number;
}

/** One guest's intent before it is known what can be paid. */
export type Wish = Pick<Funded, "guest" | "intent">;

/** Pays for growth in order of need. What cannot be paid is cut from the target and returned as unpaid. */
export function fund(
  wishes: readonly Wish[],
  ledger: Ledger,
  regime: Regime,
): { funded: Funded[]; unpaidBytes: number } {
  const { freeBytes, forNeedBytes } = spendable(ledger);
  const keptBytes = ledger.budgetBytes * GIVE_MARGIN;
  let spentBytes = 0;
  const funded: Funded[] = wishes.map((wish) => ({ ...wish, unpaidBytes: 0 }));
  const growing = wishes.map((wish, at) => ({ wish, at, cost: growth(wish) })).filter(({ cost }) => cost > 0);
  for (const { wish, at, cost } of growing.sort(
    (a, b) => rank(a.wish) - rank(b.wish) || msLeft(a.wish) - msLeft(b.wish),
  )) {
    const fundBytes = isSurplus(wish) ? freeBytes - keptBytes : freeBytes;
    const upTo = (bytes: number, fromBytes: number) =>
      Math.min(bytes, Math.max(0, Math.floor(fromBytes - spentBytes)));
    const payable = Math.max(upTo(cost, fundBytes), upTo(Math.min(cost, inNeed(wish, regime)), forNeedBytes));
    // Surplus is paid whole or not at all. In small pieces it would never end: what is not drawn soon counts as free again.
    const granted = isSurplus(wish) && payable < cost ? 0 : payable;
    spentBytes += granted;
    if (granted < cost) funded[at] = cut(wish, cost - granted);
  }
  return { funded, unpaidBytes: sum(wishes, growth) - sum(funded, growth) };
}

/**
 * How much of its growth a guest needs now, so that the reserve for emergencies is there for it: all, where it demanded or has little
 * headroom. In `scarce` and `critical`, where floors may not fit, a guest that misses its hot cache needs what its programs and that cache
 * take, without headroom: over the cliff it does a small part of its work, for a reserve that nobody draws on.
 */
function inNeed({ guest, intent }: Wish, regime: Regime): number {
  if (isForDemand(intent.kind)) return Number.POSITIVE_INFINITY;
  if (intent.kind !== "give-to-floor") return 0;
  if (isLowOnHeadroom(guest)) return Number.POSITIVE_INFINITY;
  if (worse("scarce", regime) || !guest.memory.cache.missing) return 0;
  return Math.max(0, guest.bareBytes + guest.hotCacheBytes - Math.max(guest.targetBytes, guest.actualBytes));
}

/** Surplus is not paid from the margin between giving and taking: it would be taken back on the next tick. */
function isSurplus({ guest, intent }: Wish): boolean {
  return intent.kind === "give-surplus" && guest.targetBytes >= guest.wantBytes;
}

/** Growth beyond what the guest already may take. */
function growth({ guest, intent }: Wish): number {
  return Math.max(0, intent.targetBytes - Math.max(guest.targetBytes, guest.actualBytes));
}

function rank({ intent }: Wish): number {
  return RANKS.get(intent.kind) ?? PAID_IN_ORDER.length;
}

/** How long a demanding guest's memory lasts, in ms: the guest that runs out first is paid first. Others keep their order. */
function msLeft({ guest, intent }: Wish): number {
  if (!isForDemand(intent.kind)) return 0;
  const { availableBytes = guest.targetBytes, targetBytes, actualBytes } = guest;
  const leftBytes = availableBytes + Math.max(0, targetBytes - actualBytes);
  const growth = Math.max(LEAST_GROWTH, guest.facts.report?.growthBytesPerSecond ?? 0);
  return (leftBytes * 1000) / growth;
}

function cut(wish: Wish, missingBytes: number): Funded {
  const { intent, guest } = wish;
  const targetBytes = Math.max(guest.targetBytes, intent.targetBytes - missingBytes);
  return { guest, intent: { ...intent, targetBytes }, unpaidBytes: missingBytes };
}
