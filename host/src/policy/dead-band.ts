import { MIB } from "../model/bytes.ts";

const DEAD_BAND_BYTES = 8 * MIB;
const DEAD_BAND_SHARE = 0.0025;

/** Smallest useful move of a guest with this maximum: below it the guest's page tables are churned for nothing. */
export function deadBandBytes(maxBytes: number): number {
  return Math.max(DEAD_BAND_BYTES, maxBytes * DEAD_BAND_SHARE);
}
