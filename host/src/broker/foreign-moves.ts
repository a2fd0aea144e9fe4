/** Whether another program, and not the guest itself, moved a balloon. Pure. */
import { MIB } from "../model/bytes.ts";

/** A balloon this near to its target has arrived: drivers work in whole mebibytes. */
const TOLERANCE_BYTES = 2 * MIB;

/** A driver that gets a new target while it inflates may go this much too far. */
const BELOW_BYTES = 16 * MIB;
/** A guest may go above its target by itself in small steps: less than this is no controller's move. */
const ABOVE_BYTES = 32 * MIB;

/** What was seen of one balloon since its last target was sent. */
export interface ForeignWatch {
  /** The balloon has reached its target. */
  readonly arrived: boolean;
  /** It was below its target when it was last seen. */
  readonly isBelow: boolean;
  /** Its size when it last went above its target by itself. */
  readonly aboveBytes: number | undefined;
  readonly isForeign: boolean;
}

export interface BalloonSight {
  readonly actualBytes: number;
  /** The last target; undefined: none was sent, so no move can be foreign. */
  readonly targetBytes: number | undefined;
  /** The guest may take memory back by itself (`deflate-on-oom`), or that is unknown. */
  readonly mayDeflate: boolean;
}

export function noForeignMoves(): ForeignWatch {
  return { arrived: false, isBelow: false, aboveBytes: undefined, isForeign: false };
}

/**
 * Takes in one reading of the size.
 * - Below its target: a guest never gives up more than it was told. Two readings in a row below a target that was reached are another
 *   program's move.
 * - Above its target: a guest may go there by itself, with `deflate-on-oom` or when its driver is unloaded. That ends at any size, so
 *   only the same size twice is another program's target. Without `deflate-on-oom` any two such moves are.
 */
export function watchForeignMoves(before: ForeignWatch, sight: BalloonSight): ForeignWatch {
  const { actualBytes, targetBytes, mayDeflate } = sight;
  if (targetBytes === undefined) return before;
  const gapBytes = actualBytes - targetBytes;
  if (Math.abs(gapBytes) <= TOLERANCE_BYTES) return { ...before, arrived: true, isBelow: false };
  // The balloon still moves, or this move was noted already.
  if (!before.arrived) return before;
  if (gapBytes < 0)
    return gapBytes > -BELOW_BYTES ? before : { ...before, isBelow: true, isForeign: before.isBelow };
  if (gapBytes < ABOVE_BYTES) return before;
  const isSameAgain =
    before.aboveBytes !== undefined && Math.abs(actualBytes - before.aboveBytes) <= TOLERANCE_BYTES;
  const isSecond = before.aboveBytes !== undefined && !mayDeflate;
  return { arrived: false, isBelow: false, aboveBytes: actualBytes, isForeign: isSameAgain || isSecond };
}
