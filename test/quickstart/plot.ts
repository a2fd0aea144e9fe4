/** Owns what the story is about: its guests, its burst, its budget and its times. */
import type { Burst } from "./stage.ts";

/** They fill their page cache once and then do nothing. */
export const IDLE_GUESTS = ["web1", "web2"] as const;
/** The one that bursts. */
export const BURSTING_GUEST = "db1";
export const GUEST_MIB = 512;
export const MIN_MIB = 128;
/** File content that an idle guest has read once. */
export const CACHE_MIB = 150;
/** What guests in need may draw of it leaves a quarter for what QEMU itself takes. */
export const RESERVE_MIB = 96;

/** The broker's times, short so that the story fits into a minute or so. */
export const TUNING: Readonly<Record<string, string>> = {
  bootProtect: "1s",
  holdAfterDemand: "5s",
  holdAfterTurn: "10s",
};

/** How the story is paced, in milliseconds unless it says otherwise. */
export interface Pace {
  readonly burst: Burst;
  /** Between two observations. */
  readonly observeEveryMs: number;
  /** Taking has come to rest when no balloon has moved for this long. */
  readonly restMs: number;
  /** Longest wait for idle memory to be taken. */
  readonly takingLimitMs: number;
  readonly burstLimitMs: number;
  /** How long memory is watched on its way back. */
  readonly returnLimitMs: number;
}

export const PACE: Pace = {
  burst: { mebibytes: 280, mebibytesPerSecond: 100, holdSeconds: 12 },
  observeEveryMs: 200,
  restMs: 4_000,
  takingLimitMs: 25_000,
  burstLimitMs: 40_000,
  returnLimitMs: 25_000,
};
