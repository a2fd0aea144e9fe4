/** Turns counters since boot into rates between two readings. */
import type { Counters, Mutable } from "../sample/memory-sample.ts";

/** Two readings closer together than this give no rates: the last rates hold. */
export const SHORTEST_SPAN_MS = 100;
/** Rates are taken over at least this time, even if samples are closer together. */
const USUAL_SPAN_MS = 500;
/** After a longer gap the guest was asleep: rates begin anew. */
const LONGEST_SPAN_MS = 10_000;
const KIB = 1024;

/** Rates between two readings, each NaN when the kernel does not count it. */
export interface CounterRates {
  readonly refaultsPerSecond: number;
  readonly swapInPagesPerSecond: number;
  readonly allocationStallsPerSecond: number;
  readonly someStallShare: number;
  readonly fullStallShare: number;
  /** Pages read from disk, for any reason. */
  readonly readPagesPerSecond: number;
  readonly oomKilled: boolean;
}

/**
 * Compares each reading with an earlier one. It copies what it needs of a reading, whose object the next one fills in again, and gives
 * the same object each time; fields that are always numbers are what V8 overwrites in place, so that nothing is left for the garbage collector.
 */
export class CounterRateMeter {
  readonly #base = {
    sampledAtMs: Number.NEGATIVE_INFINITY,
    refaultFilePages: Number.NaN,
    refaultAnonPages: Number.NaN,
    swapInPages: Number.NaN,
    allocationStalls: Number.NaN,
    pageInKib: Number.NaN,
    oomKills: Number.NaN,
    someStallUs: Number.NaN,
    fullStallUs: Number.NaN,
  };
  readonly #rates: Mutable<CounterRates> = {
    refaultsPerSecond: Number.NaN,
    swapInPagesPerSecond: Number.NaN,
    allocationStallsPerSecond: Number.NaN,
    someStallShare: Number.NaN,
    fullStallShare: Number.NaN,
    readPagesPerSecond: Number.NaN,
    oomKilled: false,
  };
  #hasRates = false;
  readonly #kibPerPage: number;

  /** `pageSizeBytes`: of the guest's kernel, whose counters are in pages but for one in KiB. */
  constructor(pageSizeBytes: number) {
    this.#kibPerPage = pageSizeBytes / KIB;
  }

  /** Rates up to this reading; undefined when there is no earlier reading. */
  observe(counters: Counters): CounterRates | undefined {
    const spanMs = counters.sampledAtMs - this.#base.sampledAtMs;
    if (spanMs < 0 || spanMs > LONGEST_SPAN_MS) {
      this.#rebase(counters);
      this.#hasRates = false;
      return undefined;
    }
    if (spanMs >= SHORTEST_SPAN_MS) this.#compare(counters, spanMs / 1000);
    if (spanMs >= USUAL_SPAN_MS) this.#rebase(counters);
    return this.#hasRates ? this.#rates : undefined;
  }

  #compare({ vmstat, pressure }: Counters, seconds: number): void {
    const rates = this.#rates;
    const base = this.#base;
    const us = seconds * 1_000_000;
    rates.refaultsPerSecond = knownSum(
      perSecond(seconds, base.refaultFilePages, vmstat.refaultFilePages),
      perSecond(seconds, base.refaultAnonPages, vmstat.refaultAnonPages),
    );
    rates.swapInPagesPerSecond = perSecond(seconds, base.swapInPages, vmstat.swapInPages);
    rates.allocationStallsPerSecond = perSecond(seconds, base.allocationStalls, vmstat.allocationStalls);
    rates.someStallShare = perSecond(us, base.someStallUs, pressure.someStallUs);
    rates.fullStallShare = perSecond(us, base.fullStallUs, pressure.fullStallUs);
    rates.readPagesPerSecond = perSecond(seconds * this.#kibPerPage, base.pageInKib, vmstat.pageInKib);
    // The first reading with this counter shows no new kill.
    rates.oomKilled = orNan(vmstat.oomKills) > base.oomKills;
    this.#hasRates = true;
  }

  #rebase({ sampledAtMs, vmstat, pressure }: Counters): void {
    const base = this.#base;
    base.sampledAtMs = sampledAtMs;
    base.refaultFilePages = orNan(vmstat.refaultFilePages);
    base.refaultAnonPages = orNan(vmstat.refaultAnonPages);
    base.swapInPages = orNan(vmstat.swapInPages);
    base.allocationStalls = orNan(vmstat.allocationStalls);
    base.pageInKib = orNan(vmstat.pageInKib);
    base.oomKills = orNan(vmstat.oomKills);
    base.someStallUs = orNan(pressure.someStallUs);
    base.fullStallUs = orNan(pressure.fullStallUs);
  }
}

function orNan(value: number | undefined): number {
  return value ?? Number.NaN;
}

/** Counters that went backwards (a restarted kernel module, a restored guest) give no rate. */
function perSecond(seconds: number, from: number, to: number | undefined): number {
  return to === undefined || to < from ? Number.NaN : (to - from) / seconds;
}

function knownSum(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : a + b;
}
