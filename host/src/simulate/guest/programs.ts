/** What a guest's programs do with memory: touch it, read files, wait, swap, and get killed. */
import { MIB } from "../../model/bytes.ts";
import type { Phase } from "../scenario.ts";
import { type Kernel, PAGE_BYTES } from "./kernel.ts";

/** A read that finds its page costs this much processor time. */
const HIT_US = 10;
/** Swapping out and in, bytes per second: a good disk. */
export const SWAP_BYTES_PER_SECOND = 150 * MIB;
/** A program with a share s of its pages swapped out runs at 1 ÷ (1 + s × this). */
const SWAP_DRAG = 20;

/** The result of one step of time. */
export interface ProgramsOutcome {
  /** For how much of the time memory was wanted that was not there, 0…1. */
  readonly starvedShare: number;
  /** Speed of work, 1 when nothing holds it up. */
  readonly speed: number;
}

/** The programs of one guest between two kills. */
export class Programs {
  readonly #missUs: number;
  readonly #hitUs: number;
  /** How much of the set that is read has been in the cache before: only that can be missed. */
  #loadedBytes = 0;
  #setBytes = 0;
  /** Reads done, 4 KiB each. */
  reads = 0;

  constructor(missUs: number, hitUs = HIT_US) {
    this.#missUs = missUs;
    this.#hitUs = hitUs;
  }

  /** Everything that the phase wants is in memory already. */
  settle(kernel: Kernel, phase: Phase): void {
    kernel.anonBytes = phase.anonBytes;
    kernel.hotBytes = phase.hotBytes;
    this.#loadedBytes = phase.hotBytes;
    this.#setBytes = phase.hotBytes;
  }

  /** Lets time pass. */
  advance(kernel: Kernel, phase: Phase, elapsedMs: number): ProgramsOutcome {
    const { counters } = kernel;
    const stalledUs = counters.stallUs;
    const starvedShare = this.#touch(kernel, phase, elapsedMs);
    const readSpeed = this.#read(kernel, phase, elapsedMs);
    this.#stream(kernel, phase, elapsedMs);
    this.#swapIn(kernel, elapsedMs);
    const swapped = kernel.swappedBytes / Math.max(1, kernel.swappedBytes + kernel.anonBytes);
    const speed = (1 - starvedShare) * Math.min(readSpeed, 1 / (1 + swapped * SWAP_DRAG));
    // However many wait at the same time: "some" of them wait no longer than time passes.
    counters.stallUs = Math.min(counters.stallUs, stalledUs + elapsedMs * 1000);
    return { starvedShare, speed };
  }

  /** The biggest program is killed: all that was touched is free again. */
  kill(kernel: Kernel): void {
    kernel.anonBytes = 0;
    kernel.swappedBytes = 0;
    kernel.counters.oomKills += 1;
  }

  /** Gives the share of the time in which there was nothing to touch. */
  #touch(kernel: Kernel, phase: Phase, elapsedMs: number): number {
    const heldBytes = kernel.anonBytes + kernel.swappedBytes;
    const wantedBytes = phase.anonBytes - heldBytes;
    if (wantedBytes <= 0) {
      this.#drop(kernel, -wantedBytes);
      return 0;
    }
    const step = Math.min(wantedBytes, (phase.touchBytesPerSecond * elapsedMs) / 1000);
    let got = kernel.takeForPrograms(step);
    if (got < step) got += this.#swapOut(kernel, step - got, elapsedMs);
    kernel.anonBytes += got;
    if (step - got < PAGE_BYTES) return 0;
    const starvedShare = got < PAGE_BYTES ? 1 : (step - got) / step;
    kernel.counters.allocationStalls += 1;
    kernel.counters.stallUs += elapsedMs * starvedShare * 1000;
    return starvedShare;
  }

  #drop(kernel: Kernel, bytes: number): void {
    const swapped = Math.min(bytes, kernel.swappedBytes);
    kernel.swappedBytes -= swapped;
    kernel.anonBytes -= bytes - swapped;
  }

  #swapOut(kernel: Kernel, bytes: number, elapsedMs: number): number {
    return kernel.swapOut(Math.min(bytes, (SWAP_BYTES_PER_SECOND * elapsedMs) / 1000));
  }

  /** What is swapped out and wanted comes back where there is room. */
  #swapIn(kernel: Kernel, elapsedMs: number): void {
    if (kernel.swappedBytes <= 0) return;
    const room = Math.max(0, kernel.freeBytes - kernel.watermarkBytes);
    const moved = Math.min(kernel.swappedBytes, room, (SWAP_BYTES_PER_SECOND * elapsedMs) / 1000);
    kernel.swappedBytes -= moved;
    kernel.anonBytes += moved;
    kernel.counters.swapInPages += moved / PAGE_BYTES;
    kernel.counters.stallUs += elapsedMs * 500;
  }

  /**
   * Random reads over a set of which a part is cached: each miss waits for the disk, so that the rate falls off a cliff as
   * soon as a few percent are missing.
   */
  #read(kernel: Kernel, phase: Phase, elapsedMs: number): number {
    this.#resize(kernel, phase.hotBytes);
    const setBytes = phase.hotBytes;
    if (phase.readsPerSecond <= 0 || setBytes <= 0) return 1;
    const missShare = Math.max(0, 1 - kernel.hotBytes / setBytes);
    const readers = Math.max(1, (phase.readsPerSecond * this.#hitUs) / 1e6);
    const most = (readers * 1e6) / (this.#hitUs + missShare * this.#missUs);
    const perSecond = Math.min(phase.readsPerSecond, most);
    this.reads += (perSecond * elapsedMs) / 1000;
    if (missShare > 0) this.#miss(kernel, (perSecond * missShare * elapsedMs) / 1000);
    return perSecond / phase.readsPerSecond;
  }

  #miss(kernel: Kernel, missedPages: number): void {
    const outsideBytes = Math.max(1, this.#setBytes - kernel.hotBytes);
    const knownShare = Math.max(0, Math.min(1, (this.#loadedBytes - kernel.hotBytes) / outsideBytes));
    kernel.counters.refaultPages += missedPages * knownShare;
    kernel.counters.majorFaults += missedPages;
    kernel.counters.stallUs += missedPages * knownShare * this.#missUs;
    const missedBytes = Math.min(missedPages * PAGE_BYTES, outsideBytes);
    // Where all cache is hot already, what comes in pushes out as much.
    const room = kernel.takeForCache(missedBytes);
    const stale = Math.min(missedBytes - room, kernel.staleBytes);
    kernel.staleBytes -= stale;
    kernel.hotBytes += room + stale;
    this.#loadedBytes = Math.min(this.#setBytes, this.#loadedBytes + missedBytes * (1 - knownShare));
  }

  /** What is no longer read stays cached, and looks used for long. */
  #resize(kernel: Kernel, setBytes: number): void {
    if (setBytes === this.#setBytes) return;
    this.#setBytes = setBytes;
    const leftBytes = Math.max(0, kernel.hotBytes - setBytes);
    kernel.hotBytes -= leftBytes;
    kernel.staleBytes += leftBytes;
    this.#loadedBytes = Math.min(this.#loadedBytes, setBytes);
  }

  #stream(kernel: Kernel, phase: Phase, elapsedMs: number): void {
    if (phase.streamBytesPerSecond <= 0) return;
    const bytes = (phase.streamBytesPerSecond * elapsedMs) / 1000;
    const room = kernel.takeForCache(bytes);
    kernel.coldBytes += room;
    kernel.counters.majorFaults += bytes / PAGE_BYTES / 8;
  }
}
