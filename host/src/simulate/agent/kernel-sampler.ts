/** Reads a simulated kernel as the real agent's reader reads a real one: the same figures, as often. */
import { type GuestTraits, type MemorySample, type Mutable, ReadingTimes } from "@ballast/guest/judgement";
import { type Kernel, PAGE_BYTES } from "../guest/kernel.ts";
import type { GuestPlan } from "../scenario.ts";

/** A liar reports this little as available. */
const LIE_AVAILABLE_SHARE = 0.01;

/** What an agent finds out at its start. Windows does not count what is in its balloon, and shows it as used. */
export function traitsOf({ os, deflateOnOom }: GuestPlan): GuestTraits {
  return { pageSizeBytes: PAGE_BYTES, balloon: true, deflateOnOom, balloonHidden: os === "windows" };
}

/** Takes samples of one guest; each overwrites the last. */
export class KernelSampler {
  readonly #plan: GuestPlan;
  readonly #times = new ReadingTimes();
  readonly #sample: Mutable<MemorySample>;

  constructor(plan: GuestPlan) {
    this.#plan = plan;
    const sample = { sampledAtMs: 0, meminfo: {}, counters: undefined, slow: {} };
    this.#sample = plan.os === "windows" ? { ...sample, windows: {} } : sample;
  }

  /** `urgent` wants the counters too. */
  read(kernel: Kernel, sampledAtMs: number, urgent: boolean): MemorySample {
    const sample = this.#sample;
    sample.sampledAtMs = sampledAtMs;
    sample.meminfo = meminfo(kernel, this.#plan);
    if (this.#times.areCountersDue(sampledAtMs, kernel.availableBytes, urgent))
      sample.counters = { sampledAtMs, ...counters(kernel, this.#plan) };
    if (this.#times.isSlowDue(sampledAtMs)) sample.slow = { watermarkReserveBytes: kernel.watermarkBytes };
    return sample;
  }
}

function meminfo(kernel: Kernel, { os, agent, deflateOnOom }: GuestPlan): MemorySample["meminfo"] {
  const shownBytes = deflateOnOom || os === "windows" ? kernel.fullBytes : kernel.sizeBytes;
  const hasBytes = kernel.sizeBytes - hiddenBytes(kernel);
  return {
    totalBytes: shownBytes - hiddenBytes(kernel),
    availableBytes: agent.kind === "liar" ? hasBytes * LIE_AVAILABLE_SHARE : kernel.availableBytes,
    freeBytes: kernel.freeBytes,
    fileBytes: kernel.cacheBytes,
    ...(os === "linux" && { activeFileBytes: kernel.hotBytes + kernel.staleBytes }),
    anonymousBytes: kernel.anonBytes,
    ...(kernel.reservedBytes > 0 && { hugetlbBytes: kernel.reservedBytes }),
    swapTotalBytes: kernel.swapTotalBytes,
    swapFreeBytes: kernel.swapTotalBytes - kernel.swappedBytes,
  };
}

function counters(
  kernel: Kernel,
  { os }: GuestPlan,
): Pick<NonNullable<MemorySample["counters"]>, "vmstat" | "pressure"> {
  const { majorFaults, swapInPages, oomKills, refaultPages, stealPages, allocationStalls, stallUs } =
    kernel.counters;
  const everywhere = { majorFaults, swapInPages, oomKills };
  if (os === "windows") return { vmstat: everywhere, pressure: {} };
  return {
    vmstat: {
      ...everywhere,
      refaultFilePages: refaultPages,
      stealPages,
      allocationStalls,
      balloonInflatePages: kernel.balloonBytes / PAGE_BYTES,
      balloonDeflatePages: 0,
    },
    pressure: { someStallUs: stallUs },
  };
}

/** Of a guest's memory that its kernel never shows in MemTotal: its own code and tables. */
function hiddenBytes(kernel: Kernel): number {
  return kernel.fixedBytes / 2;
}
