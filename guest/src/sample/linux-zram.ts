/** Parses mm_stat of a zram device, /sys/block/zramN/mm_stat (kernel: Documentation/admin-guide/blockdev/zram.rst). */

/** Third column, `mem_used_total`: bytes of memory that the compressed device itself takes. Absent when malformed. */
export function parseZramUsedBytes(mmStat: string): number | undefined {
  const word = mmStat.trim().split(/\s+/)[2];
  if (word === undefined || !/^\d{1,15}$/.test(word)) return undefined;
  return Number(word);
}
