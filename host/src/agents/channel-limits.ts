/** What one agent's channel may take of the host, whatever carries it. */

/** Above this much unsent, courtesies are dropped; QEMU itself takes some 228 KiB that the guest does not read. */
export const CLOGGED_BYTES = 64 * 1024;
/** Above this nothing is sent any more. */
export const FULL_BYTES = 256 * 1024;
/** What a guest may send: about ten times the busiest agent. Beyond it the host reads more slowly and the guest waits. */
export const READ_BYTES_PER_SECOND = 256 * 1024;
export const READ_BURST_BYTES = 1024 * 1024;
