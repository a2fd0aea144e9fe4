import { sum } from "../model/bytes.ts";
import type { HostFacts } from "../model/host.ts";
import { type Regime, worse } from "../model/plan.ts";
import type { Assessment } from "./assess.ts";
import { type Books, emergencyBytes, isHostShort } from "./ledger.ts";

/** Shares of the budget still unpromised at which a regime is entered. */
const TIGHT_BELOW = 0.1;
const SCARCE_BELOW = 0.03;
/** To be left again there must be this much more, for this long. */
const EASE_MARGIN = 0.05;
const EASE_AFTER_MS = 10_000;
/** Host PSI `some` avg10, percent. */
export const PSI_TIGHT = 5;
const PSI_SCARCE = 15;
const SWAP_LOW_SHARE = 0.1;
/** What guests could take unasked may be so many times what there is for it; to be eased it must be less. */
export const EXPOSURE_TAKE_FACTOR = 2.5;
const EXPOSURE_EASE_FACTOR = 2;

/**
 * How short the host is, with hysteresis: worse is believed at once, better only after a while. `aheadBytes` will be drawn before
 * anything that is decided now has worked.
 */
export function judgeRegime(
  host: HostFacts,
  books: Books,
  guests: readonly Assessment[],
  aheadBytes: number,
  before: { readonly regime: Regime; readonly sinceMs: number },
  nowMs: number,
): { regime: Regime; sinceMs: number } {
  const raw = rawRegime(host, books, guests, aheadBytes, 0);
  if (worse(raw, before.regime)) return { regime: raw, sinceMs: nowMs };
  const eased = rawRegime(host, books, guests, aheadBytes, EASE_MARGIN);
  if (!worse(before.regime, eased)) return { regime: before.regime, sinceMs: nowMs };
  if (nowMs - before.sinceMs < EASE_AFTER_MS) return { regime: before.regime, sinceMs: before.sinceMs };
  return { regime: eased, sinceMs: nowMs };
}

function rawRegime(
  host: HostFacts,
  books: Books,
  guests: readonly Assessment[],
  aheadBytes: number,
  margin: number,
): Regime {
  const freeBytes = Math.min(books.balanceBytes, books.hostRoomBytes - books.reserveBytes);
  const freeShare = (freeBytes - aheadBytes) / books.budgetBytes;
  const exposureFactor = margin > 0 ? EXPOSURE_EASE_FACTOR : EXPOSURE_TAKE_FACTOR;
  // What emergencies may draw from the reserve is no debt yet.
  const beyondReserve = books.balanceBytes < books.budgetBytes * (margin / 2) - emergencyBytes(books);
  if (beyondReserve && nothingLeftToTake(books, guests)) return "critical";
  if (isHostShort(books)) return "critical";
  if (freeShare < SCARCE_BELOW + margin || (host.psiSomeAvg10 ?? 0) >= PSI_SCARCE) return "scarce";
  if (freeShare < TIGHT_BELOW + margin || (host.psiSomeAvg10 ?? 0) >= PSI_TIGHT || swapLow(host))
    return "tight";
  if (books.exposureBytes > books.roomBytes * exposureFactor) return "tight";
  return "ample";
}

/** Even with every guest at its floor the books would not balance. */
function nothingLeftToTake(books: Books, guests: readonly Assessment[]): boolean {
  const takeableBytes = sum(guests, (g) =>
    Math.max(0, Math.max(g.actualBytes, g.targetBytes) - g.floorBytes),
  );
  return takeableBytes < -books.balanceBytes;
}

function swapLow(host: HostFacts): boolean {
  if (!host.swapTotalBytes || host.swapFreeBytes === undefined) return false;
  return host.swapFreeBytes < host.swapTotalBytes * SWAP_LOW_SHARE;
}
