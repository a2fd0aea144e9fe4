/** Parses /proc/vmstat: counters since boot, under their old and new names (kernel: mm/vmstat.c). */
import { KeyValueScanner } from "./key-values.ts";

/** Counters since boot; pages unless the name says otherwise. */
export interface Vmstat {
  /** Before 5.9 there is one refault counter, of file pages only; it is taken for this one. */
  readonly refaultFilePages?: number;
  readonly refaultAnonPages?: number;
  readonly scanDirectPages?: number;
  readonly scanBackgroundPages?: number;
  readonly stealPages?: number;
  /** Allocations that had to reclaim by themselves, over all zones. */
  readonly allocationStalls?: number;
  readonly swapInPages?: number;
  readonly swapOutPages?: number;
  readonly majorFaults?: number;
  readonly oomKills?: number;
  readonly pageInKib?: number;
  readonly balloonInflatePages?: number;
  readonly balloonDeflatePages?: number;
}

const KEYS = {
  refaultFilePages: ["workingset_refault_file", "workingset_refault"],
  refaultAnonPages: ["workingset_refault_anon"],
  scanDirectPages: ["pgscan_direct"],
  scanBackgroundPages: ["pgscan_kswapd"],
  stealPages: ["pgsteal_kswapd", "pgsteal_direct", "pgsteal_khugepaged", "pgsteal_proactive"],
  allocationStalls: [
    "allocstall",
    "allocstall_dma",
    "allocstall_dma32",
    "allocstall_normal",
    "allocstall_high",
    "allocstall_movable",
    "allocstall_device",
  ],
  swapInPages: ["pswpin"],
  swapOutPages: ["pswpout"],
  majorFaults: ["pgmajfault"],
  oomKills: ["oom_kill"],
  pageInKib: ["pgpgin"],
  balloonInflatePages: ["balloon_inflate"],
  balloonDeflatePages: ["balloon_deflate"],
};

/** A parser that never throws: what is missing or malformed is absent. Its result shows the newest figures, and is always the same object. */
export function vmstatParser(): (bytes: Uint8Array, length?: number) => Vmstat {
  const scanner = new KeyValueScanner(KEYS);
  return (bytes, length = bytes.length) => scanner.scan(bytes, length);
}
