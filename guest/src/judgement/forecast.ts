/** Decides whether a guest must demand memory now, and how much. */
import type { Pressure } from "@ballast/proto";
import { isAtLeast } from "./pressure.ts";
import { criticalBytes } from "./reserve.ts";

const MIB = 1024 * 1024;

/** Growth is seldom even: in the next interval it may be faster by this factor. */
export const SAFETY = 1.5;
/** A guest demands what it grows by in this time, and at least its headroom. */
const NEED_FOR_MS = 1000;
const SMALLEST_HEADROOM_BYTES = 64 * MIB;

export interface ForecastInput {
  readonly availableBytes: number;
  /** Available memory that must be left when a demand is answered. */
  readonly reserveBytes: number;
  /** How fast use grows. */
  readonly growthBytesPerSecond: number;
  /** How fast the balloon grows. */
  readonly squeezeBytesPerSecond: number;
  readonly pressure: Pressure;
  /** The kernel itself says that memory is low (Windows). */
  readonly lowMemory: boolean;
  /** Time to the next sample if nothing is done now. */
  readonly intervalMs: number;
  /** From a demand to its memory. */
  readonly helpMs: number;
}

/** Why a guest demands, for logs and tests. */
export type DemandReason = "runs-out" | "critical" | "low-memory" | "squeezed" | "pressure";

export interface DemandDecision {
  readonly reason: DemandReason;
  readonly level: Pressure;
  /** How much more than now the guest wants to have. */
  readonly needBytes: number;
  /** Time until nothing is available at the present growth; undefined when use does not grow. */
  readonly exhaustedInMs?: number;
}

/** Undefined: no need to demand. */
export function forecast(input: ForecastInput): DemandDecision | undefined {
  const reason = demandReason(input);
  if (reason === undefined) return undefined;
  const { growthBytesPerSecond: growth, availableBytes } = input;
  return {
    reason,
    level: demandLevel(input),
    needBytes: needBytes(input),
    ...(growth > 0 && { exhaustedInMs: Math.round((availableBytes * 1000) / growth) }),
  };
}

function demandReason(input: ForecastInput): DemandReason | undefined {
  const {
    availableBytes,
    reserveBytes,
    growthBytesPerSecond: growth,
    squeezeBytesPerSecond: squeeze,
  } = input;
  const critical = criticalBytes(reserveBytes);
  if (availableBytes < critical) return "critical";
  if (input.lowMemory) return "low-memory";
  const unhelpedMs = input.intervalMs + input.helpMs;
  if (growth > 0 && availableBytes - lossBytes(growth * SAFETY, unhelpedMs) < reserveBytes) return "runs-out";
  // The balloon stops at its target, which is not known here. So its growth counts only until the next sample.
  if (squeeze > 0 && availableBytes - lossBytes(squeeze, input.intervalMs) < critical) return "squeezed";
  if (isAtLeast(input.pressure, "moderate") && availableBytes < 2 * reserveBytes) return "pressure";
  return undefined;
}

function demandLevel(input: ForecastInput): Pressure {
  const gone = lossBytes(input.growthBytesPerSecond + input.squeezeBytesPerSecond, input.helpMs);
  if (input.availableBytes - gone < criticalBytes(input.reserveBytes)) return "critical";
  return isAtLeast(input.pressure, "critical") ? "critical" : "moderate";
}

function needBytes(input: ForecastInput): number {
  const headroom = Math.max(SMALLEST_HEADROOM_BYTES, lossBytes(input.growthBytesPerSecond, NEED_FOR_MS));
  const wantedBytes = input.reserveBytes + headroom;
  return Math.round(Math.max(SMALLEST_HEADROOM_BYTES, wantedBytes - input.availableBytes));
}

function lossBytes(bytesPerSecond: number, ms: number): number {
  return (bytesPerSecond * ms) / 1000;
}
