/** The policy remembers plain data only; each decision gets it whole and returns it whole. */
import type { BalloonStats } from "../model/guest.ts";
import type { Regime } from "../model/plan.ts";

/** What the policy remembers between decisions. */
export interface PolicyMemory {
  readonly regime: Regime;
  readonly regimeSinceMs: number;
  /** When the last decision was made; absent before the first. */
  readonly decidedAtMs?: number;
  /** Resident memory of all guests in the last decision, and how fast it grows. */
  readonly hostDraw?: HostDrawMemory;
  /** The budget of the last decision. */
  readonly budget?: TimedBytes;
  /** What all guests together have demanded at once. */
  readonly bursts: BurstMemory;
  /** By name, as the last tick left them. */
  readonly guests: ReadonlyMap<string, GuestMemory>;
  /** By name, those that demands have changed since: few, where copying all for each demand would cost more than deciding it. Absent: none. */
  readonly demanded?: ReadonlyMap<string, GuestMemory>;
}

/** What is remembered of one guest; undefined: nothing. */
export function remembered(
  { guests, demanded }: Pick<PolicyMemory, "guests" | "demanded">,
  name: string,
): GuestMemory | undefined {
  return demanded?.get(name) ?? guests.get(name);
}

/** The memory after a demand that changed what is remembered of these guests. */
export function changedBy(
  before: PolicyMemory,
  changed: Iterable<readonly [name: string, memory: GuestMemory]>,
): PolicyMemory {
  const demanded = new Map(before.demanded);
  for (const [name, memory] of changed) demanded.set(name, memory);
  return { ...before, demanded };
}

/** How fast guests draw memory from the host. */
export interface HostDrawMemory {
  /** Resident and swapped memory of all guests' processes; pages that KSM shares count in each process. */
  readonly residentBytes: number;
  /** Copies of shared pages that KSM saves. */
  readonly sharedBytes: number;
  readonly atMs: number;
  readonly bytesPerSecond: number;
  /** How fast savings broke apart at most, decaying. */
  readonly breakPeakBytesPerSecond: number;
}

/** Demands, added up over one reclaim time. */
export interface BurstMemory {
  /** The largest sum. It fades from `peakAtMs` on. */
  readonly peakBytes: number;
  readonly peakAtMs: number;
  /** The sum that is being added up, by guest. */
  readonly windowAtMs: number;
  readonly windowDemands: ReadonlyMap<string, number>;
}

/**
 * What the policy remembers of one guest. Each decision makes it anew. All fields are always present, some undefined: objects of one
 * shape are quick to make and to read.
 */
export interface GuestMemory {
  /** Changes with each boot of the guest; everything learned about its balloon starts anew then. */
  readonly bootSeenAtMs: number;
  /** An agent has spoken during this boot. */
  readonly hadAgent: boolean;
  readonly growth: GrowthMemory;
  /** What was learned of its use; undefined before the first figure. */
  readonly use: UseMemory | undefined;
  /** What its balloon driver's counters showed; undefined before the first statistics. */
  readonly reclaim: ReclaimMemory | undefined;
  readonly cache: CacheMemory;
  readonly motion: MotionMemory;
  readonly progress: ProgressMemory;
  /** Largest amount by which the process was seen to hold more than the guest's logical size. */
  readonly overheadBytes: number;
  /** Its floor in the last decision; undefined before the first. */
  readonly floorBytes: number | undefined;
  /** When a part of its reported use was last not believed; undefined: never. */
  readonly doubtedAtMs: number | undefined;
  /** When its balloon driver last contradicted its agent; undefined: never. */
  readonly contradictedAtMs: number | undefined;
  /** Granted and perhaps not drawn yet. */
  readonly grant: TimedBytes | undefined;
  /** Demanded and not granted yet. */
  readonly owed: Debt | undefined;
  /** Its demands of late; undefined: none. */
  readonly demands: DemandMemory | undefined;
}

/** An amount at a time. */
export interface TimedBytes {
  readonly bytes: number;
  readonly atMs: number;
}

/** What is owed to a guest. */
export interface Debt extends TimedBytes {
  /** No other guest waits for it, and it stops no taking. */
  readonly isPatient?: boolean;
}

/** A row of demands without a long pause between them. */
export interface DemandMemory {
  readonly sinceMs: number;
  /** The last one. */
  readonly atMs: number;
}

/** How fast the guest's use has been seen to grow. */
export interface GrowthMemory {
  /** Fastest growth, decaying. */
  readonly usePeakBytesPerSecond: number;
  readonly atMs: number;
  /** Fastest growth of the process's resident memory, decaying. */
  readonly residentPeakBytesPerSecond: number;
  /** The same between the last two ticks: 0 when it did not grow. */
  readonly residentNowBytesPerSecond: number;
  /** When the host last saw it grow; undefined: never. */
  readonly residentGrewAtMs: number | undefined;
  /** Since when it reports growth, short pauses aside; undefined: never. */
  readonly claimedSinceMs: number | undefined;
  /** When it last reported growth; undefined: never. */
  readonly claimedAtMs: number | undefined;
  /** Resident memory at the last tick. */
  readonly resident: TimedBytes | undefined;
}

/** What the guest uses at rest, and how far it rose above that. */
export interface UseMemory {
  readonly restBytes: number;
  readonly burstBytes: number;
  readonly atMs: number;
  /** When watching for bursts began. */
  readonly watchedSinceMs: number;
  readonly oomKillsTotal: number | undefined;
}

/** What the balloon driver's counters show of reclaim inside the guest. */
export interface ReclaimMemory {
  /** The statistics that were judged last. */
  readonly stats: BalloonStats;
  readonly swapOutBytesPerSecond: number;
  readonly swapInBytesPerSecond: number;
  /** Scanned and reclaimed by programs that wait for memory. */
  readonly directBytesPerSecond: number;
  /** Scanned and reclaimed by the kernel's own thread. */
  readonly backgroundBytesPerSecond: number;
  readonly stallsPerSecond: number;
  readonly majorFaultsPerSecond: number;
  /** Swapped out and not read back, decaying: use that swapping hides. */
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
  /** Size of the cache when last nothing was missed. */
  readonly quietBytes?: number;
  /** Misses per second at the last judgement. */
  readonly missesPerSecond: number;
  /** The guest misses so much that hot cache is missing. */
  readonly missing: boolean;
  readonly filling: boolean;
  /** No probe before this. */
  readonly nextProbeAtMs: number;
  readonly probeIntervalMs: number;
  /** Regime in which a probe was last missed: when memory gets shorter, probing begins anew. */
  readonly backedOffIn?: Regime;
  /** When the last probe began; absent: never. */
  readonly probedAtMs?: number;
  /** An estimate that was too small; absent: none is known, or less was enough since. */
  readonly failedBytes?: number;
  /** The estimate before the last probe, if it had held for long: a miss brings it back. */
  readonly soundBytes?: number;
  /** What the last probe took; 0 after a probe that was missed. */
  readonly probeBytes: number;
}

/** In which direction the target moved, and when. */
export interface MotionMemory {
  readonly direction?: "up" | "down";
  readonly movedAtMs?: number;
  readonly demandAtMs?: number;
  /** How often the direction changed of late, and when last; undefined: never. */
  readonly turns?: { readonly count: number; readonly atMs: number } | undefined;
  /** When it last demanded without growing: only taking had led to that demand. Absent: never. */
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
  /** Where taking began: resident memory must fall from there. */
  readonly takingFrom: TakingStart | undefined;
  readonly ineffective: boolean;
}

/** Where taking began. */
export interface TakingStart {
  readonly actualBytes: number;
  readonly residentBytes: number;
}

/** Time before the first probe of a guest's cache: its counters must have been read a few times. */
const PROBE_START_MS = 10_000;

/** Inflation speed until it is measured: well below the 0.9 GiB/s that virtio-balloon reaches. */
const ASSUMED_INFLATE_BYTES_PER_SECOND = 256 * 1024 * 1024;
/** What QEMU holds beside its guest's memory until it is measured: as much as with software emulation. */
const ASSUMED_OVERHEAD_BYTES = 128 * 1024 * 1024;

/** The memory before the first decision. */
export function emptyMemory(): PolicyMemory {
  const bursts = { peakBytes: 0, peakAtMs: 0, windowAtMs: 0, windowDemands: new Map() };
  return { regime: "ample", regimeSinceMs: 0, bursts, guests: new Map() };
}

/** The memory of a guest that is seen for the first time or booted anew. */
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
      claimedSinceMs: undefined,
      claimedAtMs: undefined,
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
    demands: undefined,
  };
}

/** A grant that was not drawn within this time was not needed. */
export const GRANT_LIFE_MS = 10_000;
