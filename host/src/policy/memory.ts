import type { BalloonStats } from "../model/guest.ts";
import type { Regime } from "../model/plan.ts";

/** What the policy remembers between decisions: plain data, handed in and given back whole. */
export interface PolicyMemory {
  readonly regime: Regime;
  readonly regimeSinceMs: number;
  /** When the last decision was made; absent before the first. */
  readonly decidedAtMs?: number;
  /** What all guests held in the last decision, and how fast that grows. */
  readonly hostDraw?: HostDrawMemory;
  /** The budget of the last decision. */
  readonly budget?: TimedBytes;
  /** What all guests together have called for at once. */
  readonly bursts: BurstMemory;
  /** By name. */
  readonly guests: ReadonlyMap<string, GuestMemory>;
}

/** How fast guests draw memory from the host. */
export interface HostDrawMemory {
  /** What all guests' processes held, shared pages counted in each, and the copies of them that KSM saves. */
  readonly residentBytes: number;
  readonly sharedBytes: number;
  readonly atMs: number;
  readonly bytesPerSecond: number;
  /** How fast savings broke apart at most, decaying. */
  readonly breakPeakBytesPerSecond: number;
}

/** Calls for memory, added up over one reclaim time. */
export interface BurstMemory {
  /** Largest sum, and when: it fades. */
  readonly peakBytes: number;
  readonly peakAtMs: number;
  /** What is being added up, by guest. */
  readonly windowAtMs: number;
  readonly windowDemands: ReadonlyMap<string, number>;
}

/**
 * What the policy remembers of one guest. It is made anew with each decision, so fields are always there, some undefined: objects of
 * one shape are quick to make and to read.
 */
export interface GuestMemory {
  /** Changes with each boot of the guest; everything learned about its balloon starts anew then. */
  readonly bootSeenAtMs: number;
  /** An agent has spoken during this boot. */
  readonly hadAgent: boolean;
  readonly growth: GrowthMemory;
  /** What was seen of its use; undefined before the first figure. */
  readonly use: UseMemory | undefined;
  /** What its balloon driver's counters show; undefined before the first statistics. */
  readonly reclaim: ReclaimMemory | undefined;
  readonly cache: CacheMemory;
  readonly motion: MotionMemory;
  readonly progress: ProgressMemory;
  /** Largest amount by which the process was seen to hold more than the guest's logical size. */
  readonly overheadBytes: number;
  /** Its floor in the last decision; undefined before the first. */
  readonly floorBytes: number | undefined;
  /** When something of its claims was not believed last; undefined: never. */
  readonly doubtedAtMs: number | undefined;
  /** When its own balloon driver contradicted its agent last; undefined: never. */
  readonly contradictedAtMs: number | undefined;
  /** Promised and perhaps not drawn yet. */
  readonly grant: TimedBytes | undefined;
  /** Asked for in a demand and not given yet. */
  readonly owed: TimedBytes | undefined;
}

/** An amount at a time. */
export interface TimedBytes {
  readonly bytes: number;
  readonly atMs: number;
}

/** How fast the guest's use has been seen to grow. */
export interface GrowthMemory {
  /** Fastest growth, decaying. */
  readonly usePeakBytesPerSecond: number;
  readonly atMs: number;
  /** Fastest growth of what the process holds, decaying, and what it held at the last look. */
  readonly residentPeakBytesPerSecond: number;
  /** The same between the last two looks: 0 when it did not grow. */
  readonly residentNowBytesPerSecond: number;
  /** When its growth was last seen by the host; undefined: never. */
  readonly residentGrewAtMs: number | undefined;
  readonly resident: TimedBytes | undefined;
}

/** What the guest uses at rest, and how far it rose above that. */
export interface UseMemory {
  readonly restBytes: number;
  readonly burstBytes: number;
  readonly atMs: number;
  /** Since when its bursts are watched. */
  readonly watchedSinceMs: number;
  readonly oomKillsTotal: number | undefined;
}

/** What the balloon driver's counters show of a fight for memory inside the guest. */
export interface ReclaimMemory {
  /** The answer that was judged last. */
  readonly stats: BalloonStats;
  readonly swapOutBytesPerSecond: number;
  readonly swapInBytesPerSecond: number;
  /** Scanned and reclaimed by programs that wait for memory, and by the kernel's own thread. */
  readonly directBytesPerSecond: number;
  readonly backgroundBytesPerSecond: number;
  readonly stallsPerSecond: number;
  readonly majorFaultsPerSecond: number;
  /** Swapped out and not read back, decaying: it is use that swapping hides. */
  readonly swappedBytes: number;
}

/** What was learned about the guest's page cache. */
export interface CacheMemory {
  /** Cache that the guest reads again; absent before the first report. */
  readonly hotBytes?: number;
  /** Counters of the report that was judged last. */
  readonly sampledAtMs?: number;
  readonly missedPagesTotal?: number;
  readonly activeBytes?: number;
  readonly cacheBytes?: number;
  /** Size of the cache when nothing was missed last. */
  readonly quietBytes?: number;
  /** Misses per second at the last judgement. */
  readonly missesPerSecond: number;
  /** So many that hot cache is missing. */
  readonly missing: boolean;
  readonly filling: boolean;
  /** Until when nothing is probed. */
  readonly nextProbeAtMs: number;
  readonly probeIntervalMs: number;
  /** Regime in which a probe was missed last: in a shorter one probing begins anew. */
  readonly backedOffIn?: Regime;
  /** When the last probe began; absent: never. */
  readonly probedAtMs?: number;
  /** So much was too little when it was tried last; absent: never seen, or less has done since. */
  readonly failedBytes?: number;
  /** The estimate before the last probe, where it had stood for long: what a miss brings back. */
  readonly soundBytes?: number;
  /** What the last probe took; 0 after one that was missed. */
  readonly probeBytes: number;
}

/** Which way the target went and when. */
export interface MotionMemory {
  readonly direction?: "up" | "down";
  readonly movedAtMs?: number;
  readonly demandAtMs?: number;
  /** When it called last without growing: what was taken alone had made it call. Absent: never. */
  readonly squeezedIntoDemandAtMs?: number;
}

/** Whether the balloon follows its target. */
export interface ProgressMemory {
  readonly targetBytes: number | undefined;
  readonly actualBytes: number | undefined;
  readonly atMs: number | undefined;
  /** When `actual` last moved towards the target. */
  readonly movedAtMs: number | undefined;
  /** The target has been reached since it was set. */
  readonly reached: boolean;
  /** Measured speed of inflation, bytes per second. */
  readonly inflateBytesPerSecond: number;
  readonly failures: number;
  /** No inflation before this. */
  readonly excludedUntilMs: number | undefined;
  /** Where taking began: to see whether the host's memory follows. */
  readonly takingFrom: TakingStart | undefined;
  readonly ineffective: boolean;
}

/** Where taking began. */
export interface TakingStart {
  readonly actualBytes: number;
  readonly residentBytes: number;
}

const PROBE_START_MS = 10_000;

/** Driver speed assumed before it was measured: well under the 0.9 GiB/s that virtio-balloon reaches. */
const ASSUMED_INFLATE_BYTES_PER_SECOND = 256 * 1024 * 1024;
/** What QEMU itself holds beside its guest's memory until it was seen: with software emulation it is this much. */
const ASSUMED_OVERHEAD_BYTES = 128 * 1024 * 1024;

/** A memory that knows nothing. */
export function emptyMemory(): PolicyMemory {
  const bursts = { peakBytes: 0, peakAtMs: 0, windowAtMs: 0, windowDemands: new Map() };
  return { regime: "ample", regimeSinceMs: 0, bursts, guests: new Map() };
}

/** A guest seen for the first time, or booted anew. */
export function newGuestMemory(bootSeenAtMs: number): GuestMemory {
  return {
    bootSeenAtMs,
    hadAgent: false,
    growth: {
      usePeakBytesPerSecond: 0,
      atMs: bootSeenAtMs,
      residentPeakBytesPerSecond: 0,
      residentNowBytesPerSecond: 0,
      residentGrewAtMs: undefined,
      resident: undefined,
    },
    use: undefined,
    reclaim: undefined,
    cache: {
      missesPerSecond: 0,
      missing: false,
      filling: false,
      nextProbeAtMs: 0,
      probeIntervalMs: PROBE_START_MS,
      probeBytes: 0,
    },
    motion: {},
    progress: {
      targetBytes: undefined,
      actualBytes: undefined,
      atMs: undefined,
      movedAtMs: undefined,
      reached: false,
      inflateBytesPerSecond: ASSUMED_INFLATE_BYTES_PER_SECOND,
      failures: 0,
      excludedUntilMs: undefined,
      takingFrom: undefined,
      ineffective: false,
    },
    overheadBytes: ASSUMED_OVERHEAD_BYTES,
    floorBytes: undefined,
    doubtedAtMs: undefined,
    contradictedAtMs: undefined,
    grant: undefined,
    owed: undefined,
  };
}

/** A grant that was not drawn by then was not needed. */
export const GRANT_LIFE_MS = 10_000;
