/** Whether a guest's figures of its memory agree with QEMU's size of the balloon. Pure. */
import { formatMib, MIB } from "../model/bytes.ts";
import { sightToleranceBytes } from "../model/tolerance.ts";

/** Both figures are compared only if the balloon has not moved for this long before the report. */
const SETTLED_MS = 2_000;
/** A balloon this near to its target has arrived. */
const ARRIVED_BYTES = 2 * MIB;

/** What an agent's report, or the balloon driver's statistics, say. */
export interface ReportedUse {
  readonly source: "agent" | "balloon driver";
  readonly atMs: number;
  readonly availableBytes: number;
  readonly balloonBytes?: number | undefined;
}

/** QEMU's figures. */
export interface BalloonView {
  readonly actualBytes: number | undefined;
  /** When QEMU reported them. */
  readonly actualAtMs: number;
  readonly actualMovedAtMs: number;
  readonly targetBytes: number | undefined;
  readonly fullBytes: number;
}

/** `unknown`: the balloon moves, or moved shortly before. */
export type ReportCheck =
  | { readonly verdict: "agrees" | "unknown" }
  | { readonly verdict: "contradicts"; readonly problem: string };

/** Judges the guest's newest figures. */
export function checkReport(claim: ReportedUse, balloon: BalloonView): ReportCheck {
  const { actualBytes, fullBytes } = balloon;
  if (actualBytes === undefined || !isSettled(claim, balloon)) return { verdict: "unknown" };
  const toleranceBytes = sightToleranceBytes(fullBytes);
  const balloonedBytes = fullBytes - actualBytes;
  const { balloonBytes = balloonedBytes, availableBytes } = claim;
  if (Math.abs(balloonBytes - balloonedBytes) > toleranceBytes) {
    return contradicts(
      claim,
      `it counts ${formatMib(balloonBytes)} in the balloon, QEMU ${formatMib(balloonedBytes)}`,
    );
  }
  if (availableBytes > actualBytes + toleranceBytes) {
    return contradicts(
      claim,
      `it reports ${formatMib(availableBytes)} available, QEMU left it ${formatMib(actualBytes)}`,
    );
  }
  return { verdict: "agrees" };
}

function contradicts({ source }: ReportedUse, how: string): ReportCheck {
  const problem = `its ${source} contradicts QEMU, so nothing is taken from the guest: ${how}`;
  return { verdict: "contradicts", problem };
}

function isSettled(claim: ReportedUse, balloon: BalloonView): boolean {
  const { actualAtMs, actualMovedAtMs, actualBytes = 0, targetBytes = actualBytes } = balloon;
  const stoodStill = claim.atMs - actualMovedAtMs >= SETTLED_MS;
  const isThere = Math.abs(targetBytes - actualBytes) <= ARRIVED_BYTES;
  return stoodStill && actualAtMs >= claim.atMs && isThere;
}
