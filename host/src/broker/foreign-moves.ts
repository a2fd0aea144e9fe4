/** Whether a balloon goes where it was not sent, by another program's hand and not by the guest's own; pure. */
import { MIB } from "../model/bytes.ts";

/** Drivers work in whole mebibytes: a balloon this near to its target has arrived. */
const TOLERANCE_BYTES = 2 * MIB;

/** A driver that is told of a new target in the middle of filling may go this much too far. */
const BELOW_BYTES = 16 * MIB;
/** Above its target a guest goes by itself in small steps: less than this is no controller's move. */
const ABOVE_BYTES = 32 * MIB;

/** What was seen of one balloon since its last target was sent. */
export interface ForeignWatch {
  /** It has been where it was sent. */
  readonly arrived: boolean;
  /** It was below its target when it was seen last. */
  readonly isBelow: boolean;
  /** Where it went unasked, above its target, the last time. */
  readonly aboveBytes: number | undefined;
  readonly isForeign: boolean;
}

export interface BalloonSight {
  readonly actualBytes: number;
  /** Where it was sent last; absent: nowhere, so it cannot be elsewhere. */
  readonly targetBytes: number | undefined;
  /** The guest may take memory back by itself (`deflate-on-oom`), or that is unknown. */
  readonly mayDeflate: boolean;
}

export function noForeignMoves(): ForeignWatch {
  return { arrived: false, isBelow: false, aboveBytes: undefined, isForeign: false };
}

/**
 * Takes in one sight. A guest never gives up more than it was told to: a balloon that was at its target and is below it was sent
 * there by another program; two sights in a row must show it. Above it a guest may go by itself: under `deflate-on-oom`, or when its driver is unloaded. That ends
 * anywhere, so only the same size twice is another program's target; without `deflate-on-oom` any two such moves are.
 */
export function watchForeignMoves(before: ForeignWatch, sight: BalloonSight): ForeignWatch {
  const { actualBytes, targetBytes, mayDeflate } = sight;
  if (targetBytes === undefined) return before;
  const gapBytes = actualBytes - targetBytes;
  if (Math.abs(gapBytes) <= TOLERANCE_BYTES) return { ...before, arrived: true, isBelow: false };
  // Still on its way, or told of already.
  if (!before.arrived) return before;
  if (gapBytes < 0)
    return gapBytes > -BELOW_BYTES ? before : { ...before, isBelow: true, isForeign: before.isBelow };
  if (gapBytes < ABOVE_BYTES) return before;
  const isSameAgain =
    before.aboveBytes !== undefined && Math.abs(actualBytes - before.aboveBytes) <= TOLERANCE_BYTES;
  const isSecond = before.aboveBytes !== undefined && !mayDeflate;
  return { arrived: false, isBelow: false, aboveBytes: actualBytes, isForeign: isSameAgain || isSecond };
}
