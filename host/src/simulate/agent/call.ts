/** When the agent calls for memory, for how much, and when it looks next. Held to the real agent by a contract test. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { Pressure } from "../../model/guest.ts";

const SAFETY = 1.5;
const SMALLEST_HEADROOM_BYTES = 64 * MIB;
const SHORTEST_INTERVAL_MS = 20;
const LONGEST_INTERVAL_MS = 2_000;
const NOTICE_INTERVAL_MS = 100;

/** What an agent has found out about its guest. */
export interface Finding {
  readonly availableBytes: number;
  readonly totalBytes: number;
  readonly growthBytesPerSecond: number;
  readonly peakBytesPerSecond: number;
  /** How fast the balloon grows. */
  readonly squeezeBytesPerSecond: number;
  readonly pressure: Pressure;
  /** From a call to its memory. */
  readonly helpMs: number;
  /** Growth to be ready for that was not seen yet. */
  readonly assumedBytesPerSecond: number;
  readonly waiting: boolean;
  readonly inflating: boolean;
}

/** A wanted call. */
export interface Call {
  readonly level: Pressure;
  readonly needBytes: number;
}

/** Available memory that must be left when a call is answered. */
export function reserveBytes(totalBytes: number): number {
  return Math.round(clamp(totalBytes * 0.03, 16 * MIB, 128 * MIB));
}

/** Milliseconds until the next sample. */
export function intervalMs(finding: Finding): number {
  if (finding.waiting) return SHORTEST_INTERVAL_MS;
  const { growthBytesPerSecond, peakBytesPerSecond, squeezeBytesPerSecond, inflating, pressure } = finding;
  const usable = Math.max(0, finding.availableBytes - reserveBytes(finding.totalBytes));
  const fastest = Math.max(
    growthBytesPerSecond,
    peakBytesPerSecond,
    squeezeBytesPerSecond,
    finding.assumedBytesPerSecond,
  );
  const alert =
    growthBytesPerSecond > 0 || squeezeBytesPerSecond > 0 || inflating || isAtLeastModerate(pressure);
  const longest = inflating ? NOTICE_INTERVAL_MS : LONGEST_INTERVAL_MS;
  return Math.round(clamp(((usable * 1000) / fastest) * (alert ? 0.25 : 0.5), SHORTEST_INTERVAL_MS, longest));
}

/** Absent: no need to call. */
export function wantedCall(finding: Finding, nextMs: number): Call | undefined {
  const { availableBytes, totalBytes, growthBytesPerSecond: growth, helpMs } = finding;
  const reserve = reserveBytes(totalBytes);
  const critical = reserve / 2;
  const { squeezeBytesPerSecond: squeeze } = finding;
  const runsOut = growth > 0 && availableBytes - (growth * SAFETY * (nextMs + helpMs)) / 1000 < reserve;
  const squeezed = squeeze > 0 && availableBytes - (squeeze * nextMs) / 1000 < critical;
  const pressed = isAtLeastModerate(finding.pressure) && availableBytes < 2 * reserve;
  if (availableBytes >= critical && !runsOut && !squeezed && !pressed) return undefined;
  const gone = ((growth + squeeze) * helpMs) / 1000;
  const isCritical = availableBytes - gone < critical || finding.pressure === "critical";
  const headroom = Math.max(SMALLEST_HEADROOM_BYTES, growth);
  const needBytes = Math.round(Math.max(SMALLEST_HEADROOM_BYTES, reserve + headroom - availableBytes));
  return { level: isCritical ? "critical" : "moderate", needBytes };
}

function isAtLeastModerate(pressure: Pressure): boolean {
  return pressure === "moderate" || pressure === "critical";
}
