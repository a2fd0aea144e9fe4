/** A guest wants room for the use that its history forecasts for this hour: from memory that is idle, never from another guest's floor. */
import type { GuestFacts } from "../../model/guest.ts";

/** What the forecast adds to. */
interface Need {
  readonly usedBytes: number | undefined;
  readonly doubtedBytes: number;
  readonly floorBytes: number;
}

/**
 * What the guest would use beyond its present use, in bytes, as far as its maximum leaves room above its floor; 0 where nothing is
 * forecast. A guest whose present use is doubted is not believed about the past either.
 */
export function comingUse(
  { forecast, limits }: GuestFacts,
  { usedBytes, doubtedBytes, floorBytes }: Need,
): number {
  if (forecast === undefined || usedBytes === undefined || doubtedBytes > 0) return 0;
  return Math.max(0, Math.min(forecast.useBytes - usedBytes, limits.maxBytes - floorBytes));
}
