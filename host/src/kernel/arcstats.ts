/** Parser of ZFS's `/proc/spl/kstat/zfs/arcstats`, and what of the ARC counts as available; pure. */

/** The ARC gives memory back late and not all of it (openzfs#14686). */
const RECLAIMABLE_SHARE = 0.8;

/** Bytes that ZFS could give back: its cache above the minimum `c_min`. Absent when the text has no such figures. */
export function parseArcReclaimableBytes(text: string): number | undefined {
  const sizeBytes = kstat(text, "size");
  const minimumBytes = kstat(text, "c_min");
  if (sizeBytes === undefined || minimumBytes === undefined) return undefined;
  return Math.floor(RECLAIMABLE_SHARE * Math.max(0, sizeBytes - minimumBytes));
}

/** A line reads `NAME TYPE VALUE`. */
function kstat(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}\\s+\\d+\\s+(\\d{1,20})$`, "m").exec(text);
  return match === null ? undefined : Number(match[1]);
}
