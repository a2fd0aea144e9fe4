/**
 * How fast one thread of this guest touches new memory in pages of 4 KiB: what a program does that allocates and writes. It is no bound: with
 * huge pages, or from several threads, programs touch several times as much (guest/docs/footprint.md). Trying that out would take a huge page
 * and a thread for each processor of every guest, for a figure that the host would cut anyway: it keeps room for growth that it never saw
 * up to 8 % of the guest or 256 MiB, and in full for the growth that it saw.
 */

const MIB = 1024 * 1024;
const TRY_BYTES = 4 * MIB;
/**
 * So much is reserved for a try: beyond what glibc's allocator ever keeps for itself (DEFAULT_MMAP_THRESHOLD_MAX, 32 MiB), so that the
 * pages are the kernel's again afterwards. Smaller ones left 0.9 MiB with the agent for ever.
 */
const RESERVED_BYTES = 33 * MIB;
const PAGE_BYTES = 4096;
/** A busy or preempted processor makes one try slow, never fast: the best one counts. */
const TRIES = 3;
/** Faster is a measurement gone wrong (huge pages that were zeroed before). */
const FASTEST_BYTES_PER_SECOND = 4096 * MIB;

/** Bytes per second, measured on fresh pages; takes a few milliseconds and 4 MiB that are free again afterwards. */
export function measureTouchSpeed(nowNs: () => bigint = process.hrtime.bigint): number {
  let best = 0;
  for (let tries = 0; tries < TRIES; tries++) best = Math.max(best, touchOnce(nowNs));
  return Math.min(FASTEST_BYTES_PER_SECOND, best);
}

function touchOnce(nowNs: () => bigint): number {
  // Zeroed memory of this size comes straight from the kernel, untouched.
  const fresh = new Uint8Array(RESERVED_BYTES);
  const startNs = nowNs();
  for (let at = 0; at < TRY_BYTES; at += PAGE_BYTES) fresh[at] = 1;
  const tookNs = Number(nowNs() - startNs);
  return Math.round((TRY_BYTES * 1e9) / Math.max(1, tookNs));
}
