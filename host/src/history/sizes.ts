/** Which sizes the history keeps: a row has them all, and several rows become one for all of them. */

export const HOST_SIZES = [
  "totalBytes",
  "availableBytes",
  "budgetBytes",
  "chargedBytes",
  "freeBytes",
] as const;
export const GUEST_SIZES = [
  "actualBytes",
  "targetBytes",
  "usedBytes",
  "floorBytes",
  "wantBytes",
  "maxBytes",
  "freeBytes",
] as const;
