/** Kernel same-page merging as the kernel and QEMU show it (Documentation/admin-guide/mm/ksm.rst). */
import type { Regime } from "./plan.ts";

export const ADVISOR_MODES = ["none", "scan-time"] as const;
export type AdvisorMode = (typeof ADVISOR_MODES)[number];

/** The knobs that the broker sets; those of the advisor are absent on kernels without it. */
export interface KsmKnobs {
  /** 0: ksmd rests and what is merged stays, 1: it scans, 2: everything is unmerged. */
  readonly run: number;
  /** Pages scanned between two sleeps. */
  readonly pagesToScan: number;
  readonly sleepMs: number;
  readonly advisorMode?: AdvisorMode;
  /** Most that the advisor lets ksmd take, in percent of one processor. */
  readonly advisorMaxCpuPercent?: number;
  readonly advisorMaxPages?: number;
  readonly advisorTargetScanSeconds?: number;
}

export type KsmWrites = Partial<KsmKnobs>;

/** Each knob's file below `/sys/kernel/mm/ksm`, in the order in which they are written: `pages_to_scan` is refused while the advisor is on. */
export const KSM_KNOB_FILES: Readonly<Record<keyof KsmKnobs, string>> = {
  advisorMode: "advisor_mode",
  advisorMaxCpuPercent: "advisor_max_cpu",
  advisorMaxPages: "advisor_max_pages_to_scan",
  advisorTargetScanSeconds: "advisor_target_scan_time",
  sleepMs: "sleep_millisecs",
  pagesToScan: "pages_to_scan",
  run: "run",
};

/** One reading of KSM; what the kernel does not tell is absent. Counters count from boot. */
export interface KsmReading {
  readonly knobs: KsmKnobs;
  readonly pageBytes: number;
  /** Pages that stand for several. */
  readonly pagesShared: number;
  /** Mappings that share one of them: what is saved. */
  readonly pagesSharing: number;
  /** Scanned and unlike all others. */
  readonly pagesUnshared: number;
  /** Changing too fast to be compared. */
  readonly pagesVolatile: number;
  readonly zeroPages?: number;
  readonly pagesScanned?: number;
  readonly pagesSkipped?: number;
  readonly fullScans: number;
  /** Saved memory less what KSM's own records take; may be negative. */
  readonly generalProfitBytes?: number;
  /** (pages_sharing + ksm_zero_pages) × page size. */
  readonly savedBytes: number;
  /** CPU time that ksmd has taken, in nanoseconds (field 1 of its schedstat). */
  readonly ksmdCpuNs?: number;
  /** Pages copied because a guest wrote to a shared one (`cow_ksm` of /proc/vmstat). */
  readonly brokenPages?: number;
}

/** KSM's ledger of one process (`/proc/PID/ksm_stat`, `ksm_merging_pages`). */
export interface KsmProcess {
  readonly mergingPages: number;
  readonly zeroPages?: number;
  readonly rmapItems?: number;
  readonly profitBytes?: number;
}

/** Why a guest's memory cannot be merged, whatever QEMU was told. */
export const MERGE_OBSTACLES = ["shared-memory", "hugepages", "no-backend", "not-mergeable"] as const;
export type MergeObstacle = (typeof MERGE_OBSTACLES)[number];

/** What QEMU says of the guest's memory and merging. */
export interface Merging {
  /** `merge` of every memory backend that can merge. */
  readonly on: boolean;
  readonly obstacle?: MergeObstacle;
  /** It stays as it is while the guest runs: libvirt has no call to switch it. */
  readonly isFixed?: boolean;
}

/** What the KSM policy may know of a guest. */
export interface KsmGuest {
  readonly name: string;
  /** Guests of one label may share pages. */
  readonly trust: string;
  /** Process of its QEMU; another one is another guest to KSM. */
  readonly processId?: number;
  readonly residentBytes: number;
  /** Absent: QEMU has not told. */
  readonly merging?: Merging;
  readonly process?: KsmProcess;
}

/** Figures for ksmtuned's rule, in its own unit. */
export interface KsmtunedFacts {
  readonly totalKib: number;
  /** MemFree + Buffers + Cached. */
  readonly freeKib: number;
  /** MemAvailable and what ZFS could give back. */
  readonly availableKib: number;
  /** Sum of the metric over the processes that the variant finds. */
  readonly committedKib: number;
}

/** All that the KSM policy may know. */
export interface KsmSnapshot {
  readonly nowMs: number;
  readonly reading: KsmReading;
  readonly host: {
    readonly totalBytes: number;
    readonly availableBytes: number;
    /** PSI `some` avg10 of memory and of CPU, percent. */
    readonly memoryStallPercent?: number;
    readonly cpuStallPercent?: number;
  };
  /** The broker's ledger; absent before its first decision. */
  readonly ledger?: {
    readonly budgetBytes: number;
    readonly reserveBytes: number;
    readonly chargedBytes: number;
    readonly regime: Regime;
  };
  readonly guests: readonly KsmGuest[];
  /** Another program that sets the same knobs, in words. */
  readonly rival?: string;
  readonly ksmtuned?: KsmtunedFacts;
}

/** Values found before the broker changed anything, saved so that they can be restored after any end. */
export interface KsmRecord {
  /** `/proc/sys/kernel/random/boot_id`: a reboot undoes everything by itself. */
  readonly bootId: string;
  readonly processId: number;
  /** Start time of that process (field 22 of its stat): a pid alone may belong to another process by now. */
  readonly processStart: string;
  readonly folder: string;
  readonly found: KsmWrites;
  /** The admin commanded off; it holds after a restart. */
  readonly manualOff: boolean;
  /** Processes of guests whose merging the broker has switched off. */
  readonly switchedOff: Readonly<Record<string, number>>;
}
