/** Whether taking all merged pages apart fits into memory. */
import { UNMERGE_MARGIN } from "./merging.ts";

export interface UnmergeCheck {
  readonly fits: boolean;
  readonly savedBytes: number;
  /** What must be available: the savings, a margin, and the host's reserve. */
  readonly neededBytes: number;
  readonly availableBytes: number;
}

/** Pages come apart one by one, each into a page of its own; nothing stops guests from growing meanwhile, hence margin and reserve. */
export function checkUnmerge(savedBytes: number, availableBytes: number, reserveBytes: number): UnmergeCheck {
  const neededBytes = Math.ceil(savedBytes * UNMERGE_MARGIN) + reserveBytes;
  return { fits: availableBytes >= neededBytes, savedBytes, neededBytes, availableBytes };
}
