/** What a guest really has and uses, with its balloon taken out. */
import type { Counters, GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";

export interface RealUse {
  /** Memory that the guest has now: MemTotal less what a deflate-on-oom balloon holds of it. */
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** `totalBytes` less `availableBytes`. */
  readonly usedBytes: number;
  /**
   * What neither is free nor could be made free by dropping clean cache. Its growth is what runs a guest out of memory:
   * reading files lowers MemAvailable too while the cache is small (si_mem_available counts half of it), and is no danger.
   */
  readonly firmBytes: number;
  readonly balloonBytes: number | undefined;
}

/** To be filled in again and again. */
export function emptyUse(): Mutable<RealUse> {
  return {
    totalBytes: Number.NaN,
    availableBytes: Number.NaN,
    usedBytes: Number.NaN,
    firmBytes: Number.NaN,
    balloonBytes: undefined,
  };
}

/** Absent when the kernel does not say how much there is or is available; else `into`, filled in. */
export function realUse(sample: MemorySample, traits: GuestTraits, into = emptyUse()): RealUse | undefined {
  const { totalBytes: presentBytes, availableBytes } = sample.meminfo;
  if (presentBytes === undefined || availableBytes === undefined) return undefined;
  const balloonBytes = balloonSize(sample, traits);
  const hiddenBytes = traits.deflateOnOom ? (balloonBytes ?? 0) : 0;
  const totalBytes = Math.max(0, presentBytes - hiddenBytes);
  const usedBytes = Math.max(0, totalBytes - availableBytes);
  into.totalBytes = totalBytes;
  into.availableBytes = availableBytes;
  into.usedBytes = usedBytes;
  into.firmBytes = firmUse(sample, totalBytes) ?? usedBytes;
  into.balloonBytes = balloonBytes;
  return into;
}

function balloonSize(sample: MemorySample, traits: GuestTraits): number | undefined {
  // Kernels that print the balloon in meminfo do so even without a device, and then it is no evidence of one.
  if (traits.balloon && sample.meminfo.balloonBytes !== undefined) return sample.meminfo.balloonBytes;
  const pages = sample.counters && balloonPages(sample.counters);
  return pages === undefined ? undefined : pages * traits.pageSizeBytes;
}

function firmUse({ meminfo }: MemorySample, totalBytes: number): number | undefined {
  const { freeBytes, fileBytes, slabReclaimableBytes = 0 } = meminfo;
  if (freeBytes === undefined || fileBytes === undefined) return undefined;
  return Math.max(0, totalBytes - freeBytes - fileBytes - slabReclaimableBytes);
}

/** The balloon in pages as the kernel's own counters give it; absent without them. */
export function balloonPages({ vmstat }: Pick<Counters, "vmstat">): number | undefined {
  const { balloonInflatePages, balloonDeflatePages } = vmstat;
  if (balloonInflatePages === undefined || balloonDeflatePages === undefined) return undefined;
  return Math.max(0, balloonInflatePages - balloonDeflatePages);
}
