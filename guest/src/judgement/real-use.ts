/** What a guest really has and uses, with its balloon taken out. */
import type { Counters, GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";

/** Share of ZFS's cache above its minimum that counts as available: ZFS gives it back slowly, and not all of it. */
const ARC_WEIGHT = 0.8;

export interface RealUse {
  /** Memory that the guest has now: MemTotal less what a deflate-on-oom balloon holds of it. */
  readonly totalBytes: number;
  /** What programs could get: MemAvailable, and what ZFS would give. */
  readonly availableBytes: number;
  /** The part of it that is ZFS's cache. */
  readonly arcAvailableBytes: number;
  /** `totalBytes` less `availableBytes`. */
  readonly usedBytes: number;
  /**
   * What neither is free nor could be made free by dropping clean cache. Its growth is what runs a guest out of memory:
   * reading files lowers MemAvailable too while the cache is small (si_mem_available counts half of it), and is no danger. What was
   * swapped out counts as well: else a program that grows into swap would not be seen to grow. (Of zram a third counts twice.)
   */
  readonly firmBytes: number;
  readonly balloonBytes: number | undefined;
}

/** An object to fill in, for reuse. */
export function emptyUse(): Mutable<RealUse> {
  return {
    totalBytes: Number.NaN,
    availableBytes: Number.NaN,
    arcAvailableBytes: Number.NaN,
    usedBytes: Number.NaN,
    firmBytes: Number.NaN,
    balloonBytes: undefined,
  };
}

/** Absent when the kernel does not say how much there is or is available; else `into`, filled in. */
export function realUse(sample: MemorySample, traits: GuestTraits, into = emptyUse()): RealUse | undefined {
  const { totalBytes: presentBytes, availableBytes: plainBytes } = sample.meminfo;
  if (presentBytes === undefined || plainBytes === undefined) return undefined;
  const balloonBytes = balloonSize(sample, traits);
  const hiddenBytes = traits.deflateOnOom ? (balloonBytes ?? 0) : 0;
  const totalBytes = Math.max(0, presentBytes - hiddenBytes);
  const arcBytes = arcAvailable(sample.arc);
  const availableBytes = Math.max(plainBytes, Math.min(totalBytes, plainBytes + arcBytes));
  const usedBytes = Math.max(0, totalBytes - availableBytes);
  into.totalBytes = totalBytes;
  into.availableBytes = availableBytes;
  into.arcAvailableBytes = availableBytes - plainBytes;
  into.usedBytes = usedBytes;
  into.firmBytes = (firmUse(sample, totalBytes) ?? usedBytes) + swappedBytes(sample);
  into.balloonBytes = balloonBytes;
  return into;
}

function balloonSize(sample: MemorySample, traits: GuestTraits): number | undefined {
  // Kernels that print the balloon in meminfo print it even without a device, so it does not prove one.
  if (traits.balloon && sample.meminfo.balloonBytes !== undefined) return sample.meminfo.balloonBytes;
  const pages = sample.counters && balloonPages(sample.counters);
  return pages === undefined ? undefined : pages * traits.pageSizeBytes;
}

function arcAvailable(arc: MemorySample["arc"]): number {
  if (arc?.arcSizeBytes === undefined) return 0;
  return ARC_WEIGHT * Math.max(0, arc.arcSizeBytes - (arc.arcMinBytes ?? arc.arcSizeBytes));
}

function swappedBytes({ meminfo }: MemorySample): number {
  return Math.max(0, (meminfo.swapTotalBytes ?? 0) - (meminfo.swapFreeBytes ?? meminfo.swapTotalBytes ?? 0));
}

function firmUse({ meminfo, arc }: MemorySample, totalBytes: number): number | undefined {
  const { freeBytes, fileBytes, slabReclaimableBytes = 0 } = meminfo;
  if (freeBytes === undefined || fileBytes === undefined) return undefined;
  return Math.max(0, totalBytes - freeBytes - fileBytes - slabReclaimableBytes - (arc?.arcSizeBytes ?? 0));
}

/** The balloon in pages as the kernel's own counters give it; absent without them. */
export function balloonPages({ vmstat }: Pick<Counters, "vmstat">): number | undefined {
  const { balloonInflatePages, balloonDeflatePages } = vmstat;
  if (balloonInflatePages === undefined || balloonDeflatePages === undefined) return undefined;
  return Math.max(0, balloonInflatePages - balloonDeflatePages);
}
