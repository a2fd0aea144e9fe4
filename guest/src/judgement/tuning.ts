/** The agent's settings: defaults, and the host's values within safe bounds. */
import type { TuningSettings } from "@ballast/proto";
import { LONGEST_INTERVAL_MS, SHORTEST_INTERVAL_MS } from "./interval.ts";
import { DEFAULT_HEARTBEAT_MS, DEFAULT_SIGNIFICANT_BYTES } from "./significance.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Growth to expect of a guest that has never grown. */
const DEFAULT_ASSUMED_GROWTH = 256 * MIB;

/** Settings in force. */
export interface AgentTuning {
  readonly shortestIntervalMs: number;
  readonly longestIntervalMs: number;
  readonly heartbeatMs: number;
  readonly significantBytes: number;
  readonly assumedGrowthBytesPerSecond: number;
  /** The host's figure for the time from a demand to its memory; undefined: it gave none. */
  readonly hostHelpMs: number | undefined;
}

/** The host's values within safe bounds; a value that it does not send has its default. */
export function acceptTuning(wish: TuningSettings | undefined): AgentTuning {
  return {
    shortestIntervalMs: within(wish?.minIntervalMs ?? SHORTEST_INTERVAL_MS, 10, 200),
    longestIntervalMs: within(wish?.maxIntervalMs ?? LONGEST_INTERVAL_MS, 250, 5000),
    heartbeatMs: within(wish?.heartbeatMs ?? DEFAULT_HEARTBEAT_MS, 500, 10_000),
    significantBytes: within(wish?.significantBytes ?? DEFAULT_SIGNIFICANT_BYTES, MIB, GIB),
    assumedGrowthBytesPerSecond: within(
      wish?.assumedGrowthBytesPerSecond ?? DEFAULT_ASSUMED_GROWTH,
      16 * MIB,
      64 * GIB,
    ),
    hostHelpMs: wish?.helpMs === undefined ? undefined : within(wish.helpMs, 5, 2000),
  };
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
