/** Parser of the host's `/proc/meminfo` (proc_meminfo(5)); pure. */

/** What is used of it; absent where the kernel does not tell. */
export interface Meminfo {
  readonly totalBytes?: number;
  /** Pools of huge pages of all sizes, used or not: only what asks for huge pages gets any of it. */
  readonly hugetlbBytes?: number;
  readonly availableBytes?: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
}

const LINES: Readonly<Record<string, keyof Meminfo>> = {
  MemTotal: "totalBytes",
  Hugetlb: "hugetlbBytes",
  MemAvailable: "availableBytes",
  SwapTotal: "swapTotalBytes",
  SwapFree: "swapFreeBytes",
};

/** Reads lines like `MemTotal:  24684084 kB`; lines of another shape are passed over. */
export function parseMeminfo(text: string): Meminfo {
  const found: { -readonly [Field in keyof Meminfo]: Meminfo[Field] } = {};
  for (const line of text.split("\n")) {
    const match = /^(\w+):\s+(\d{1,20}) kB$/.exec(line);
    const field = match?.[1] === undefined ? undefined : LINES[match[1]];
    if (field !== undefined) found[field] = Number(match?.[2]) * 1024;
  }
  return found;
}
