import { MIB } from "../../model/bytes.ts";
import type { GuestReport } from "../../model/guest.ts";

/**
 * Windows keeps working down to about its own minimum of 1 to 2 GiB; a Windows 10 guest was seen to crash with 400 MB left. Its balloon driver knows no
 * deflate-on-oom, and stops inflating only when 64 MB are available.
 */
export const WINDOWS_LEAST_BYTES = 1536 * MIB;
/** What Windows must still be able to promise to programs: without it allocations fail while memory is available. */
const COMMIT_SHARE = 0.1;
const LEAST_COMMIT_BYTES = 512 * MIB;

/**
 * Below this a Windows guest is not squeezed, whatever its use; `sizeBytes` is what it has at the report.
 *
 * Whether pages in the balloon count against the commit limit is not documented. They are taken to do so: what may be taken is what can
 * still be promised, less a headroom. A guest that is short of it keeps what it has; a claim gets it nothing more.
 */
export function windowsFloorBytes(report: GuestReport, sizeBytes: number): number {
  const { committedBytes, commitLimitBytes } = report;
  if (committedBytes === undefined || commitLimitBytes === undefined) return WINDOWS_LEAST_BYTES;
  const headroomBytes = Math.max(LEAST_COMMIT_BYTES, commitLimitBytes * COMMIT_SHARE);
  const takeableBytes = Math.max(0, commitLimitBytes - committedBytes - headroomBytes);
  return Math.max(WINDOWS_LEAST_BYTES, sizeBytes - takeableBytes);
}
