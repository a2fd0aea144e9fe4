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
export interface SlowFacts extends ArcStats {
  readonly watermarkReserveBytes?: number;
  readonly zramUsedBytes?: number;
  /** The agent's own anonymous memory. */
  readonly agentPrivateBytes?: number;
}

export interface MemorySample {
  /** The guest's monotonic clock. */
  readonly sampledAtMs: number;
  readonly meminfo: Meminfo;
  readonly counters: Counters | undefined;
  readonly slow: SlowFacts;
}

/** What holds for as long as the guest runs. */
export interface GuestTraits {
  readonly pageSizeBytes: number;
  /** With it MemTotal keeps its size and the balloon shows up as used memory. */
  readonly deflateOnOom: boolean;
  /** A balloon device is there. */
  readonly balloon: boolean;
}
