/** A balloon is not moved by less than its dead band. */
import { MIB } from "../model/bytes.ts";

/** Each move costs the guest's kernel work on its page tables; a smaller one frees too little for that. */
const DEAD_BAND_BYTES = 8 * MIB;
/** The same as a share of the guest's maximum: of a large guest a larger amount is noise. */
const DEAD_BAND_SHARE = 0.0025;

/** Smallest useful move of a guest with this maximum: the larger of the two. */
export function deadBandBytes(maxBytes: number): number {
  return Math.max(DEAD_BAND_BYTES, maxBytes * DEAD_BAND_SHARE);
}
