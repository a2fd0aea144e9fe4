/** The settings for KSM. */

/** By which rule KSM's knobs are set. */
export const KSM_MODES = ["off", "observe", "ksmtuned", "advisor", "adaptive"] as const;
export type KsmMode = (typeof KSM_MODES)[number];

/** Which of ksmtuned's known defects are fixed; by default none. */
export const KSMTUNED_FIXES = ["threshold", "available", "processes", "savings", "reset"] as const;
export type KsmtunedFix = (typeof KSMTUNED_FIXES)[number];

/** The variables of `/etc/ksmtuned.conf` and whose rule it is. */
export interface KsmtunedRule {
  readonly variant: "debian" | "redhat" | "proxmox";
  readonly monitorIntervalMs: number;
  readonly sleepMs: number;
  readonly pagesBoost: number;
  readonly pagesDecay: number;
  readonly pagesMin: number;
  readonly pagesMax: number;
  readonly thresholdPercent: number;
  readonly thresholdConst: number;
  readonly metric: "rsz" | "pss";
  readonly fixes: readonly KsmtunedFix[];
}

export interface KsmSettings {
  readonly mode: KsmMode;
  /** Folder of the kernel's files. */
  readonly folder: string;
  readonly intervalMs: number;
  /** Share of one processor that ksmd may take with no pressure and with full pressure, percent. */
  readonly minCpuPercent: number;
  readonly maxCpuPercent: number;
  /** The label that shares when guests have several; absent: the one with most memory. */
  readonly trust?: string;
  readonly ksmtuned: KsmtunedRule;
}
