/** Limits of one agent's channel, the same over virtio-serial and WebSocket. */

/** Above this much unsent data courtesies are dropped. QEMU itself takes some 228 KiB that the guest does not read. */
export const CLOGGED_BYTES = 64 * 1024;
/** Above this much unsent data nothing is sent. */
export const FULL_BYTES = 256 * 1024;
/** What a guest may send: about ten times the busiest agent. Above that the host reads more slowly, and the guest waits. */
export const READ_BYTES_PER_SECOND = 256 * 1024;
export const READ_BURST_BYTES = 1024 * 1024;
/** A read costs as much as this many bytes, however few it brings: a guest that sends single bytes is read a few hundred times a second. */
const LEAST_READ_COST_BYTES = 256;

/** What a read of this many bytes takes of what a guest may send. */
export function readCost(bytes: number): number {
  return Math.max(bytes, LEAST_READ_COST_BYTES);
}
