/** The demand reserve: a guest demands memory before less than this is available. */

const MIB = 1024 * 1024;

const RESERVE_SHARE = 0.03;
const SMALLEST_RESERVE_BYTES = 16 * MIB;
const LARGEST_RESERVE_BYTES = 128 * MIB;

/**
 * Available memory that must be left when a demand is answered.
 * The kernel's watermarks are not added: MemAvailable has them taken off already (si_mem_available), and they keep
 * their size from boot, so they would keep a squeezed guest under pressure permanently.
 */
export function demandReserveBytes(totalBytes: number): number {
  const share = totalBytes * RESERVE_SHARE;
  return Math.round(Math.min(LARGEST_RESERVE_BYTES, Math.max(SMALLEST_RESERVE_BYTES, share)));
}

/** Below this the guest is about to fail whatever the forecast says. */
export function criticalBytes(reserveBytes: number): number {
  return reserveBytes / 2;
}
