/** Merged pages are unmerged only if all of them fit into the host's memory. */
import { UNMERGE_MARGIN } from "./merging.ts";

export interface UnmergeCheck {
  readonly fits: boolean;
  readonly savedBytes: number;
  /** What must be available: the savings, a margin, and the host's reserve. */
  readonly neededBytes: number;
  readonly availableBytes: number;
}

/**
 * Whether unmerging fits. It gives each guest its own copy of every page, one by one. Guests may grow meanwhile; the margin and the
 * reserve are for that.
 */
export function checkUnmerge(savedBytes: number, availableBytes: number, reserveBytes: number): UnmergeCheck {
  const neededBytes = Math.ceil(savedBytes * UNMERGE_MARGIN) + reserveBytes;
  return { fits: availableBytes >= neededBytes, savedBytes, neededBytes, availableBytes };
}
