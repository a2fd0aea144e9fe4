/** What is known of one guest at one moment. Everything here is validated; missing means unknown, never zero. */

/** A guest's memory pressure, mildest first. */
export const PRESSURE_LEVELS = ["none", "low", "moderate", "critical"] as const;
export type Pressure = (typeof PRESSURE_LEVELS)[number];

/** The bounds an admin set for a guest. */
export interface GuestLimits {
  /** Guaranteed minimum: the target never goes below. */
  readonly minBytes: number;
  /** The most that the guest may have. */
  readonly maxBytes: number;
  /** Weight when there is not enough for all; 0 leaves the guest alone. */
  readonly shares: number;
}

/** The balloon as QEMU sees it. */
export interface BalloonFacts {
  /** Logical size of the guest's memory now (QMP `query-balloon`). */
  readonly actualBytes: number;
  /** The last target that the broker commanded; absent after a start, until the first command. */
  readonly targetBytes?: number;
  /** When `actualBytes` was read, on the broker's clock. */
  readonly observedAtMs: number;
}

/** The balloon driver's own statistics (QOM `guest-stats`), for guests without agent. */
export interface BalloonStats {
  readonly freeBytes?: number;
  /** `stat-available-memory`; on Linux it equals MemAvailable. */
  readonly availableBytes?: number;
  readonly totalBytes?: number;
  readonly cacheBytes?: number;
  readonly majorFaultsTotal?: number;
  readonly swapInBytesTotal?: number;
  readonly swapOutBytesTotal?: number;
  /** Since Linux 6.12 and QEMU 9.2: allocations that had to wait, and bytes scanned and reclaimed, by kswapd and by allocating programs. */
  readonly allocationStallsTotal?: number;
  readonly asyncScanBytesTotal?: number;
  readonly directScanBytesTotal?: number;
  readonly asyncReclaimBytesTotal?: number;
  readonly directReclaimBytesTotal?: number;
  readonly oomKillsTotal?: number;
  /** When the driver last answered, on the broker's clock. */
  readonly updatedAtMs: number;
}

/** An agent's report, checked for plausibility. Field for field the wire's `Report`. */
export interface GuestReport {
  /** On the broker's clock; less the time that it waited to be read. */
  readonly receivedAtMs: number;
  readonly bootId: string;
  /** Of the guest's kernel, in which its counters are; absent: 4096. */
  readonly pageSizeBytes?: number;
  /** Guest's monotonic clock. */
  readonly sampledAtMs: number;
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly freeBytes?: number;
  readonly cacheBytes?: number;
  /** The part of the cache that the guest's kernel saw used more than once. */
  readonly activeCacheBytes?: number;
  readonly balloonBytes?: number;
  readonly pressure: Pressure;
  readonly growthBytesPerSecond?: number;
  readonly growthPeakBytesPerSecond?: number;
  /**
   * How fast one thread of this guest touches new memory in pages of 4 KiB, as its agent measured. A burst with huge pages or from several
   * threads is faster: growth that was seen counts beside it.
   */
  readonly touchBytesPerSecond?: number;
  /** Available memory that the agent keeps: it demands before less is left. Absent: an agent that does not tell it. */
  readonly demandReserveBytes?: number;
  readonly intervalMs?: number;
  readonly roundTripMs?: number;
  readonly anonymousBytes?: number;
  readonly sharedBytes?: number;
  readonly dirtyBytes?: number;
  /** Pool of huge pages: used as soon as it is set up, touched only when programs use it. */
  readonly hugetlbBytes?: number;
  /** Memory promised to programs, and the most that can be; on Linux the limit binds only where overcommit is off. */
  readonly committedBytes?: number;
  readonly commitLimitBytes?: number;
  readonly watermarkReserveBytes?: number;
  readonly arcSizeBytes?: number;
  readonly arcMinBytes?: number;
  /** What ZFS would give of its cache, counted at the moment of `availableBytes`, to which it adds. */
  readonly arcAvailableBytes?: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
  readonly refaultFilePagesTotal?: number;
  readonly refaultAnonPagesTotal?: number;
  readonly stealPagesTotal?: number;
  readonly allocationStallsTotal?: number;
  readonly swapInPagesTotal?: number;
  readonly majorFaultsTotal?: number;
  readonly pageInKibTotal?: number;
  readonly oomKillsTotal?: number;
  readonly stallSomeUsTotal?: number;
  readonly stallFullUsTotal?: number;
  readonly agentCpuUsTotal?: number;
  readonly agentPrivateBytes?: number;
}

/** A guest's demand for memory. */
export interface GuestDemand {
  /** As of a report. */
  readonly receivedAtMs: number;
  /** Sequence of the envelope, echoed in the answer. */
  readonly sequence: number;
  readonly level: Pressure;
  /** How much more than now the guest wants to have. */
  readonly needBytes: number;
  readonly availableBytes?: number;
  /** As in the report. */
  readonly arcAvailableBytes?: number;
  readonly balloonBytes?: number;
  readonly growthBytesPerSecond?: number;
  readonly exhaustedInMs?: number;
}

/** How a guest's monitor is reached: over a connection of its own that is kept, or by short leases of one that others use as well. */
export const MONITOR_MODES = ["own", "lease"] as const;
export type MonitorMode = (typeof MONITOR_MODES)[number];

/** How the broker's commands get to the guest's QEMU. */
export interface MonitorAccess {
  readonly mode: MonitorMode;
  /** The longest that a command waited of late for a monitor that others use as well, milliseconds; absent: it does not wait, or none was sent yet. */
  readonly worstWaitMs?: number;
}

/** How the broker hears the guest's agent. */
export interface AgentFacts {
  readonly connected: boolean;
  readonly transport: "virtio-serial" | "websocket";
  readonly version?: string;
  readonly osFamily?: "linux" | "windows";
  readonly deflateOnOom?: boolean;
  /** Why there is no session although one was expected, in words for the admin. */
  readonly problem?: string;
}

/** What the guest's QEMU process has in the host's memory. */
export interface ProcessMemory {
  readonly residentBytes: number;
  /** Swapped, also of shared memory, or held for the guest without being mapped there. */
  readonly swappedBytes: number;
  /** Of that process: another one means that the guest was started anew. */
  readonly processId?: number;
}

/** Why a balloon must not be inflated, or cannot work, whatever the guest says. */
export const INHIBITIONS = [
  "unreachable",
  "no-balloon-device",
  "no-balloon-driver",
  "booting",
  "paused",
  "shut-down",
  "migrating",
  "postcopy",
  "background-snapshot",
  "vfio",
  "hugepages",
  "locked-memory",
  "virtio-mem",
  "memory-hotplug",
  "backup",
  "platform-lock",
] as const;
export type Inhibition = (typeof INHIBITIONS)[number];

/** A target that an admin set. */
export interface ManualTarget {
  readonly targetBytes: number;
  /** When it was set, on the broker's clock. */
  readonly sinceMs: number;
  /** When it ends; absent: when the admin ends it. */
  readonly untilMs?: number;
}

/** Another program moves the guest's balloon: it is left alone. */
export interface OtherController {
  /** When that was first seen, on the broker's clock. */
  readonly sinceMs: number;
  /** The balloon's size after its move. */
  readonly sizeBytes: number;
  /** The program that it may be, in words; undefined: none was found. */
  readonly suspect?: string;
}

/** How much a guest used in hours like this one, by the broker's history. */
export interface UseForecast {
  /** Use that was reached in most of those hours. */
  readonly useBytes: number;
  /** The same hour of each day, or of the same day of each week. */
  readonly pattern: "daily" | "weekly";
  /** How many of those hours were seen. */
  readonly hoursSeen: number;
}

/** Hot cache that the broker learned of a guest before it was started anew, by its history. */
export interface RememberedHotCache {
  readonly bytes: number;
  /** The boot in which it was learned: it says nothing of another one. */
  readonly bootId: string;
  /** On the broker's clock; negative before its start. */
  readonly learnedAtMs: number;
}

/** All that the policy may know of a guest. */
export interface GuestFacts {
  /** Unique and stable name. */
  readonly name: string;
  readonly limits: GuestLimits;
  /** The guest's size with an empty balloon, as QEMU tells it. */
  readonly fullBytes: number;
  readonly balloon?: BalloonFacts;
  readonly stats?: BalloonStats;
  readonly report?: GuestReport;
  readonly agent?: AgentFacts;
  /** Absent: its monitor is its own. */
  readonly monitor?: MonitorAccess;
  readonly processMemory?: ProcessMemory;
  readonly inhibitions: readonly Inhibition[];
  /** Absent: nothing is expected beyond what is seen. */
  readonly forecast?: UseForecast;
  /** Absent: nothing is remembered. */
  readonly rememberedHotCache?: RememberedHotCache;
  readonly manual?: ManualTarget;
  readonly otherController?: OtherController;
  /** The admin only watches this guest while others are balanced: its balloon is never moved. */
  readonly observeOnly?: boolean;
  /** When the broker first saw this boot of the guest. */
  readonly bootSeenAtMs: number;
}
