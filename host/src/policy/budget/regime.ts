/** The regime gets worse at once; it gets better only after a while and with a margin. */
import { sum } from "../../model/bytes.ts";
import type { HostFacts } from "../../model/host.ts";
import { type Regime, worse } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";
import {
  EASE_MARGIN,
  EXPOSURE_EASE_FACTOR,
  EXPOSURE_TAKE_FACTOR,
  PSI_SCARCE,
  PSI_TIGHT,
  SCARCE_BELOW,
  TIGHT_BELOW,
} from "../thresholds.ts";
import { emergencyBytes, isHostShort, type Ledger } from "./ledger.ts";

/** Time for which memory must look better before the regime gets better. */
const EASE_AFTER_MS = 10_000;
/** Less free swap than this share of all swap is a shortage. */
const SWAP_LOW_SHARE = 0.1;

/**
 * How short of memory the host is, with hysteresis. `aheadBytes` is what guests will draw before a decision made now has worked.
 */
export function judgeRegime(
  host: HostFacts,
  ledger: Ledger,
  guests: readonly GuestNeed[],
  aheadBytes: number,
  before: { readonly regime: Regime; readonly sinceMs: number },
  nowMs: number,
): { regime: Regime; sinceMs: number } {
  const raw = rawRegime(host, ledger, guests, aheadBytes, 0);
  if (worse(raw, before.regime)) return { regime: raw, sinceMs: nowMs };
  const eased = rawRegime(host, ledger, guests, aheadBytes, EASE_MARGIN);
  if (!worse(before.regime, eased)) return { regime: before.regime, sinceMs: nowMs };
  if (nowMs - before.sinceMs < EASE_AFTER_MS) return { regime: before.regime, sinceMs: before.sinceMs };
  return { regime: eased, sinceMs: nowMs };
}

function rawRegime(
  host: HostFacts,
  ledger: Ledger,
  guests: readonly GuestNeed[],
  aheadBytes: number,
  margin: number,
): Regime {
  const freeBytes = Math.min(ledger.balanceBytes, ledger.hostSpareBytes - ledger.reserveBytes);
  const freeShare = (freeBytes - aheadBytes) / ledger.budgetBytes;
  // A forecast may be wrong: it makes memory tight, never scarce.
  const forecastShare = ledger.forecastBytes / ledger.budgetBytes;
  const exposureFactor = margin > 0 ? EXPOSURE_EASE_FACTOR : EXPOSURE_TAKE_FACTOR;
  // What emergencies may draw from the reserve is not yet a debt.
  const beyondReserve = ledger.balanceBytes < ledger.budgetBytes * (margin / 2) - emergencyBytes(ledger);
  if (beyondReserve && nothingLeftToTake(ledger, guests)) return "critical";
  if (isHostShort(ledger)) return "critical";
  if (freeShare < SCARCE_BELOW + margin || (host.psiSomeAvg10 ?? 0) >= PSI_SCARCE) return "scarce";
  if (
    freeShare - forecastShare < TIGHT_BELOW + margin ||
    (host.psiSomeAvg10 ?? 0) >= PSI_TIGHT ||
    swapLow(host)
  )
    return "tight";
  if (ledger.exposureBytes > ledger.spareBytes * exposureFactor) return "tight";
  return "ample";
}

/** Whether the ledger would not balance even with every guest at its floor, as far as the host sees it. */
function nothingLeftToTake(ledger: Ledger, guests: readonly GuestNeed[]): boolean {
  const takeableBytes = sum(guests, (g) =>
    undriven(g.facts) === undefined
      ? Math.max(0, Math.max(g.actualBytes, g.targetBytes) - g.seenFloorBytes)
      : 0,
  );
  return takeableBytes < -ledger.balanceBytes;
}

function swapLow(host: HostFacts): boolean {
  if (!host.swapTotalBytes || host.swapFreeBytes === undefined) return false;
  return host.swapFreeBytes < host.swapTotalBytes * SWAP_LOW_SHARE;
}
