/** Turns one sample after the other into a judgement: growth, pressure, the next interval, and whether to call. */
import type { Pressure } from "@ballast/proto";
import { type Growth, GrowthTracker } from "../sample/growth.ts";
import { nextIntervalMs } from "../sample/interval.ts";
import type { Counters, GuestTraits, MemorySample } from "../sample/memory-sample.ts";
import { type RealUse, realUse } from "../sample/real-use.ts";
import { type Call, forecast } from "./forecast.ts";
import { HiddenBalloon } from "./hidden-balloon.ts";
import { isAtLeast, measurePressure, PressureLevel, type Strain, strainBetween } from "./pressure.ts";
import { callReserveBytes } from "./reserve.ts";

/** Rates of counters are taken over at least so long where samples are close together. */
const STRAIN_SPAN_MS = 500;
/** A guest that slept longer starts afresh. */
const LONGEST_STRAIN_SPAN_MS = 10_000;
/** While the host announced an inflation. */
const NOTICE_INTERVAL_MS = 100;

/** What the judgement depends on besides the sample. */
export interface AssessSettings {
  readonly shortestIntervalMs: number;
  readonly longestIntervalMs: number;
  readonly assumedGrowthBytesPerSecond: number;
  /** How fast this guest can touch new memory; absent: not measured. */
  readonly touchBytesPerSecond?: number | undefined;
  /** From a demand to its memory. */
  readonly helpMs: number;
  /** A demand is out and its memory has not come yet. */
  readonly waitingForHelp: boolean;
  /** The host announced that the balloon grows. */
  readonly inflating: boolean;
}

export interface Assessment {
  readonly atMs: number;
  readonly use: RealUse;
  readonly growth: Growth;
  readonly pressure: Pressure;
  readonly intervalMs: number;
  /** Absent: no need to call. */
  readonly call: Call | undefined;
}

/** Judges one guest. Pure but for what it remembers of earlier samples. */
export class Assessor {
  readonly #traits: GuestTraits;
  readonly #growth = new GrowthTracker();
  readonly #squeeze = new GrowthTracker();
  readonly #level = new PressureLevel();
  readonly #hidden = new HiddenBalloon();
  #strainBase: Counters | undefined;
  #strain: Strain | undefined;

  constructor(traits: GuestTraits) {
    this.#traits = traits;
  }

  /** The host said that it is about to inflate the balloon by so much. */
  announceInflation(inflateBytes: number): void {
    this.#hidden.announce(inflateBytes);
  }

  /** Absent when the kernel does not tell what is available. */
  assess(sample: MemorySample, settings: AssessSettings): Assessment | undefined {
    const use = realUse(sample, this.#traits);
    if (!use) return undefined;
    const atMs = sample.sampledAtMs;
    const firmBytes = this.#traits.balloonHidden
      ? this.#hidden.withoutBalloon(use.firmBytes, settings.inflating)
      : use.firmBytes;
    const growth = this.#growth.add(atMs, firmBytes);
    const squeeze = this.#squeeze.add(atMs, -use.totalBytes);
    const pressure = this.#pressure(sample, use);
    const intervalMs = intervalFor(use, growth, squeeze, pressure, settings);
    const call = forecast({
      availableBytes: use.availableBytes,
      totalBytes: use.totalBytes,
      growthBytesPerSecond: growth.bytesPerSecond,
      squeezeBytesPerSecond: squeeze.bytesPerSecond,
      pressure,
      lowMemory: sample.windows?.lowMemory ?? false,
      intervalMs,
      helpMs: settings.helpMs,
    });
    return { atMs, use, growth, pressure, intervalMs, call };
  }

  #pressure(sample: MemorySample, use: RealUse): Pressure {
    if (sample.counters) this.#observe(sample.counters);
    const measured = measurePressure({
      availableBytes: use.availableBytes,
      totalBytes: use.totalBytes,
      filePages: (sample.meminfo.fileBytes ?? 0) / this.#traits.pageSizeBytes,
      strain: this.#strain,
      ...windowsVoice(sample),
    });
    return this.#level.settle(measured, sample.sampledAtMs);
  }

  #observe(counters: Counters): void {
    const base = this.#strainBase;
    const spanMs = base ? counters.sampledAtMs - base.sampledAtMs : Number.POSITIVE_INFINITY;
    if (!base || spanMs < 0 || spanMs > LONGEST_STRAIN_SPAN_MS) {
      this.#strainBase = counters;
      this.#strain = undefined;
      return;
    }
    this.#strain = strainBetween(base, counters) ?? this.#strain;
    if (spanMs >= STRAIN_SPAN_MS) this.#strainBase = counters;
  }
}

/** Linux overcommits by default: there the commit limit means nothing. */
function windowsVoice({ windows, meminfo }: MemorySample) {
  if (windows === undefined) return {};
  const { committedBytes, commitLimitBytes } = meminfo;
  const known = committedBytes !== undefined && commitLimitBytes !== undefined;
  return {
    lowMemory: windows.lowMemory ?? false,
    commitLeftBytes: known ? commitLimitBytes - committedBytes : undefined,
  };
}

function intervalFor(
  use: RealUse,
  growth: Growth,
  squeeze: Growth,
  pressure: Pressure,
  settings: AssessSettings,
): number {
  const growing = growth.bytesPerSecond > 0 || squeeze.bytesPerSecond > 0;
  return nextIntervalMs({
    availableBytes: use.availableBytes,
    reserveBytes: callReserveBytes(use.totalBytes),
    fastestBytesPerSecond: Math.max(
      growth.bytesPerSecond,
      growth.peakBytesPerSecond,
      squeeze.bytesPerSecond,
      settings.assumedGrowthBytesPerSecond,
      // A guest whose balloon is empty can get nothing by calling: it need not be ready for the fastest burst.
      (use.balloonBytes ?? 0) > 0 ? (settings.touchBytesPerSecond ?? 0) : 0,
    ),
    alert: growing || settings.inflating || isAtLeast(pressure, "moderate"),
    waitingForHelp: settings.waitingForHelp,
    shortestMs: settings.shortestIntervalMs,
    longestMs: settings.inflating
      ? Math.min(NOTICE_INTERVAL_MS, settings.longestIntervalMs)
      : settings.longestIntervalMs,
  });
}
