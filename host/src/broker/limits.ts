/** What a guest's settings mean for a guest of a size; pure. */
import type { GuestLimits } from "../model/guest.ts";
import type { SizeSetting } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";

/** Percentages are of the guest's maximum. */
export function resolveLimits(
  entry: Pick<GuestEntry, "min" | "max" | "shares">,
  fullBytes: number,
): GuestLimits {
  const maxBytes = Math.min(fullBytes, resolve(entry.max, fullBytes, fullBytes));
  const minBytes = Math.min(maxBytes, resolve(entry.min, maxBytes, maxBytes));
  return { minBytes, maxBytes, shares: entry.shares };
}

function resolve(setting: SizeSetting, ofBytes: number, autoBytes: number): number {
  if (setting.kind === "bytes") return setting.bytes;
  return setting.kind === "percent" ? Math.round((ofBytes * setting.percent) / 100) : autoBytes;
}
