/** What is known of the host at one moment. */
export interface HostFacts {
  /** Ordinary memory: what is set aside as huge pages is not part of it, nor of what is available. */
  readonly totalBytes: number;
  /** MemAvailable plus what ZFS could give back above its minimum. */
  readonly availableBytes: number;
  /** PSI memory `some` avg10 in percent; absent where the kernel keeps no PSI. */
  readonly psiSomeAvg10?: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
  /** KSM's counters; absent without KSM. */
  readonly ksm?: KsmFacts;
}

/** `/sys/kernel/mm/ksm`, Documentation/admin-guide/mm/ksm.rst. */
export interface KsmFacts {
  readonly run: number;
  /** Less what broke apart and ksmd did not notice yet. */
  readonly pagesSharing: number;
  readonly pagesShared: number;
  /** (pages_sharing + ksm_zero_pages) × page size. */
  readonly savedBytes: number;
  /** The part of it in the kernel's own zero page, which no process's resident memory counts; absent: none. */
  readonly zeroBytes?: number;
}

/** A size given outright, as a share of the host's ordinary memory, or left to the broker. */
export type SizeSetting =
  | { readonly kind: "auto" }
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "percent"; readonly percent: number };
