/** One sample of a guest's memory: what the readers deliver and everything else works on. */
import type { ArcStats } from "./linux-arcstats.ts";
import type { Meminfo } from "./linux-meminfo.ts";
import type { MemoryPressure } from "./linux-pressure.ts";
import type { Vmstat } from "./linux-vmstat.ts";

/** Counters since boot, read a few times a second at most. */
export interface Counters {
  readonly sampledAtMs: number;
  readonly vmstat: Vmstat;
  readonly pressure: MemoryPressure;
}

/** What changes slowly, read about once a minute. */
export interface SlowFacts {
  readonly watermarkReserveBytes?: number;
  readonly zramUsedBytes?: number;
  /** The agent's own anonymous memory. */
  readonly agentPrivateBytes?: number;
}

/** What only Windows tells. */
export interface WindowsFacts {
  /** The kernel signals that memory is low (by default 32 MB in 4 GB, at most 64 MB), or ample (three times as much). */
  readonly lowMemory?: boolean | undefined;
  readonly highMemory?: boolean | undefined;
  /** Standby lists by priority, 0 (taken first) to 7. */
  readonly standbyBytes?: readonly number[] | undefined;
  /** Pages taken off each of them for another use, since boot. */
  readonly repurposedPages?: readonly number[] | undefined;
}

/** The same object for its writer; readers see it read-only. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface MemorySample {
  /** The guest's monotonic clock. */
  readonly sampledAtMs: number;
  readonly meminfo: Meminfo;
  readonly counters: Counters | undefined;
  readonly slow: SlowFacts;
  /** Read with `meminfo`, because the two are added up; absent without ZFS. */
  readonly arc?: ArcStats | undefined;
  readonly windows?: WindowsFacts;
}

/** What does not change from sample to sample. A balloon device can come and go: its reader keeps one object up to date. */
export interface GuestTraits {
  readonly pageSizeBytes: number;
  /** With it MemTotal keeps its size and the balloon shows up as used memory. */
  readonly deflateOnOom: boolean;
  /** A balloon device is there, and on Windows its driver. */
  readonly balloon: boolean;
  /** The kernel does not tell how much is in the balloon, which shows up as used memory. */
  readonly balloonHidden?: boolean;
}
