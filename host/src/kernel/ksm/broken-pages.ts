/**
 * What KSM saved and does not any more. `pages_sharing` falls only when ksmd comes to a broken page again, which takes up to half an
 * hour; the kernel's count of copies (`cow_ksm`) rises at once. Pure.
 */
import type { KsmFacts } from "../../model/host.ts";

/** The kernel's counters in one moment. */
export interface CopyCount {
  /** Pages copied since boot because a guest wrote to a shared one. */
  readonly copiedPages: number;
  readonly fullScans: number;
  readonly pagesSharing: number;
}

/** Pages that broke apart and are still in `pages_sharing`. */
export interface BrokenPages {
  readonly last: CopyCount;
  /** Broken since the last full scan ended. */
  readonly newPages: number;
  /** Broken during that scan: it may have been past them. */
  readonly oldPages: number;
}

/** Takes in one more reading. Where merging hides that broken pages were noticed, they are forgotten after a whole scan. */
export function noteCopies(before: BrokenPages | undefined, now: CopyCount): BrokenPages {
  if (before === undefined) return { last: now, newPages: 0, oldPages: 0 };
  const { last } = before;
  const copiedPages = Math.max(0, now.copiedPages - last.copiedPages);
  const scans = now.fullScans - last.fullScans;
  const oldPages = scans === 0 ? before.oldPages : scans === 1 ? before.newPages : 0;
  const newPages = (scans === 0 ? before.newPages : 0) + copiedPages;
  const noticedPages = Math.max(0, last.pagesSharing - now.pagesSharing);
  return {
    last: now,
    newPages: Math.max(0, newPages - Math.max(0, noticedPages - oldPages)),
    oldPages: Math.max(0, oldPages - noticedPages),
  };
}

/** The counters without what broke apart. */
export function withoutBroken(
  ksm: KsmFacts,
  { newPages, oldPages }: BrokenPages,
  pageBytes: number,
): KsmFacts {
  const brokenPages = Math.min(ksm.pagesSharing, newPages + oldPages);
  return {
    ...ksm,
    pagesSharing: ksm.pagesSharing - brokenPages,
    savedBytes: ksm.savedBytes - brokenPages * pageBytes,
  };
}
