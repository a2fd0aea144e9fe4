/** A Windows guest keeps what its system needs, whatever its programs use. */
import { MIB } from "../../model/bytes.ts";
import type { GuestReport } from "../../model/guest.ts";

/**
 * Windows works down to about its own minimum of 1 to 2 GiB. A Windows 10 guest was seen to crash with about 380 MiB left. Its
 * balloon driver has no deflate-on-oom and stops inflating only when 64 MiB are available.
 */
export const WINDOWS_LEAST_BYTES = 1536 * MIB;
/** Share of the commit limit that Windows must still be able to promise: otherwise allocations fail while memory is available. */
const COMMIT_SHARE = 0.1;
/** At least this much must stay for that. */
const LEAST_COMMIT_BYTES = 512 * MIB;

/**
 * The smallest size of a Windows guest, in bytes. `sizeBytes` is its size at the report.
 *
 * It is not documented whether pages in the balloon count against the commit limit. They are taken to count: so no more is taken than
 * Windows can still promise, less a margin. A guest that is short of commit keeps what it has; it gets nothing more for that.
 */
export function windowsFloorBytes(report: GuestReport, sizeBytes: number): number {
  const { committedBytes, commitLimitBytes } = report;
  if (committedBytes === undefined || commitLimitBytes === undefined) return WINDOWS_LEAST_BYTES;
  const headroomBytes = Math.max(LEAST_COMMIT_BYTES, commitLimitBytes * COMMIT_SHARE);
  const takeableBytes = Math.max(0, commitLimitBytes - committedBytes - headroomBytes);
  return Math.max(WINDOWS_LEAST_BYTES, sizeBytes - takeableBytes);
}
