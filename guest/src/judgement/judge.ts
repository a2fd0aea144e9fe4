/** Turns each sample into a judgement: growth, pressure, the next interval, and whether to demand. */
import type { Pressure } from "@ballast/proto";
import type { GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";
import { CounterRateMeter } from "./counter-rates.ts";
import { type DemandDecision, type ForecastInput, forecast } from "./forecast.ts";
import { type Growth, GrowthTracker } from "./growth.ts";
import { HiddenBalloon } from "./hidden-balloon.ts";
import { type IntervalInput, LASTING_INTERVAL_MS, LASTING_MS, nextIntervalMs } from "./interval.ts";
import { OwnKills } from "./own-kills.ts";
import {
  INFLATION_ECHO_MS,
  isAtLeast,
  measurePressure,
  type PressureInput,
  PressureLevel,
} from "./pressure.ts";
import { emptyUse, type RealUse, realUse } from "./real-use.ts";
import { RecentLeast } from "./recent-least.ts";
import { demandReserveBytes } from "./reserve.ts";
import { Stillness } from "./stillness.ts";

/** While the host announced an inflation. */
const NOTICE_INTERVAL_MS = 100;

/** What the judgement depends on besides the sample. */
export interface JudgementSettings {
  readonly shortestIntervalMs: number;
  readonly longestIntervalMs: number;
  readonly assumedGrowthBytesPerSecond: number;
  /** How fast this guest can touch new memory; absent: not measured. */
  readonly touchBytesPerSecond?: number | undefined;
  /** From a demand to its memory. */
  readonly helpMs: number;
  /** A demand was sent and its memory has not arrived yet. */
  readonly waitingForHelp: boolean;
  /** The host announced that the balloon grows. */
  readonly inflating: boolean;
}

export interface SampleJudgement {
  readonly atMs: number;
  readonly use: RealUse;
  readonly growth: Growth;
  readonly pressure: Pressure;
  readonly intervalMs: number;
  /** Processes killed since boot because the guest ran out of memory; absent where the kernel does not count them. */
  readonly oomKills: number | undefined;
  /** Nothing moves, and nothing is to be done: as long as the same is available, the next sample finds the same. */
  readonly isCalm: boolean;
  /** Calm, and nothing has changed for a long time. */
  readonly isLasting: boolean;
  /** Calm, and the next sample would have the same interval. */
  readonly isStill: boolean;
  /** Available memory that must be left when a demand is answered. */
  readonly reserveBytes: number;
  /** Undefined: no need to demand. */
  readonly demand: DemandDecision | undefined;
}

/**
 * Judges one guest. Pure but for what it remembers of earlier samples. What it returns, and what it passes to the parts of the judgement, are
 * the same objects each time. With a sample every 20 ms, collecting garbage would stop the agent when it matters.
 */
export class SampleJudge {
  readonly #traits: GuestTraits;
  readonly #growth = new GrowthTracker();
  readonly #squeeze = new GrowthTracker();
  readonly #level = new PressureLevel();
  readonly #rates: CounterRateMeter;
  readonly #free = new RecentLeast();
  readonly #stillness = new Stillness();
  readonly #kills = new OwnKills();
  readonly #hidden = new HiddenBalloon();
  readonly #use = emptyUse();
  #firmBytes = Number.NaN;
  #inflatedAtMs = Number.NEGATIVE_INFINITY;
  /** Whether the next sample may find something else than this one, or be due sooner or later. */
  #moves = true;
  readonly #forPressure: Mutable<PressureInput> = {
    availableBytes: Number.NaN,
    reserveBytes: Number.NaN,
    leastFreeBytes: Number.POSITIVE_INFINITY,
    watermarkBytes: Number.NaN,
    filePages: Number.NaN,
    rates: undefined,
    inflating: false,
    lowMemory: false,
    commitLeftBytes: Number.NaN,
  };
  readonly #forForecast: Mutable<ForecastInput> = {
    availableBytes: Number.NaN,
    reserveBytes: Number.NaN,
    growthBytesPerSecond: Number.NaN,
    squeezeBytesPerSecond: Number.NaN,
    pressure: "none",
    lowMemory: false,
    intervalMs: Number.NaN,
    helpMs: Number.NaN,
  };
  readonly #forInterval: Mutable<IntervalInput> = {
    availableBytes: Number.NaN,
    reserveBytes: Number.NaN,
    fastestBytesPerSecond: Number.NaN,
    alert: false,
    waitingForHelp: false,
    canBeHelped: true,
    lastingMs: 0,
    shortestMs: Number.NaN,
    longestMs: Number.NaN,
  };
  readonly #assessment: Mutable<SampleJudgement> = {
    atMs: Number.NaN,
    use: this.#use,
    growth: this.#growth,
    pressure: "none",
    intervalMs: Number.NaN,
    reserveBytes: Number.NaN,
    isCalm: false,
    isLasting: false,
    isStill: false,
    oomKills: undefined,
    demand: undefined,
  };

  constructor(traits: GuestTraits) {
    this.#traits = traits;
    this.#rates = new CounterRateMeter(traits.pageSizeBytes);
  }

  /** The host announced that it will inflate the balloon by this much. */
  announceInflation(inflateBytes: number): void {
    this.#hidden.announce(inflateBytes);
  }

  /** Undefined when the kernel does not tell what is available. The next judgement overwrites this one. */
  judge(sample: MemorySample, settings: JudgementSettings): SampleJudgement | undefined {
    const use = realUse(sample, this.#traits, this.#use);
    if (!use) return undefined;
    const firmBytes = isHidden(use, this.#traits)
      ? this.#hidden.withoutBalloon(use.firmBytes, settings.inflating)
      : use.firmBytes;
    this.#firmBytes = firmBytes;
    this.#growth.add(sample.sampledAtMs, firmBytes);
    this.#squeeze.add(sample.sampledAtMs, -use.totalBytes);
    const assessment = this.#assessment;
    assessment.atMs = sample.sampledAtMs;
    assessment.reserveBytes = demandReserveBytes(use.totalBytes);
    if (settings.inflating || this.#squeeze.bytesPerSecond > 0) this.#inflatedAtMs = sample.sampledAtMs;
    assessment.pressure = this.#pressure(sample, use);
    assessment.oomKills = this.#kills.count(sample, this.#forPressure);
    this.#decide(sample, settings);
    return assessment;
  }

  /** A first look found what the last sample found: growth that begins after it is not spread over the time before. */
  stay(atMs: number): void {
    this.#growth.add(atMs, this.#firmBytes);
    this.#squeeze.add(atMs, -this.#use.totalBytes);
  }

  #decide(sample: MemorySample, settings: JudgementSettings): void {
    const assessment = this.#assessment;
    const { use } = assessment;
    const canBeHelped = use.balloonBytes !== 0 || settings.inflating;
    this.#forInterval.canBeHelped = canBeHelped;
    this.#forInterval.lastingMs = this.#stillness.lastsMs(assessment);
    assessment.intervalMs = this.#interval(use, assessment.pressure, settings);
    // With an empty balloon the guest has all of its memory.
    assessment.demand = canBeHelped ? this.#forecast(sample, assessment, settings) : undefined;
    assessment.isCalm = assessment.demand === undefined && assessment.pressure === "none" && !this.#moves;
    assessment.isLasting = assessment.isCalm && this.#forInterval.lastingMs >= LASTING_MS;
    // A state that begins to last changes the interval too.
    assessment.isStill =
      assessment.isLasting || (assessment.isCalm && assessment.intervalMs >= LASTING_INTERVAL_MS);
  }

  #pressure(sample: MemorySample, use: RealUse): Pressure {
    const input = this.#forPressure;
    if (sample.counters) input.rates = this.#rates.observe(sample.counters);
    input.availableBytes = use.availableBytes;
    input.reserveBytes = this.#assessment.reserveBytes;
    // Windows has no containers with limits of their own, and counts free memory less often.
    if (!sample.windows) this.#free.add(sample.sampledAtMs, sample.meminfo.freeBytes ?? 0);
    input.leastFreeBytes = this.#free.least;
    input.watermarkBytes = sample.slow.watermarkReserveBytes ?? 0;
    input.inflating = sample.sampledAtMs - this.#inflatedAtMs <= INFLATION_ECHO_MS;
    input.filePages = (sample.meminfo.fileBytes ?? 0) / this.#traits.pageSizeBytes;
    input.lowMemory = sample.windows?.lowMemory ?? false;
    input.commitLeftBytes = commitLeftBytes(sample);
    return this.#level.settle(measurePressure(input), sample.sampledAtMs);
  }

  #interval(use: RealUse, pressure: Pressure, settings: JudgementSettings): number {
    const growth = this.#growth;
    const squeeze = this.#squeeze;
    const input = this.#forInterval;
    const assumed = assumedGrowth(use, settings);
    input.availableBytes = use.availableBytes;
    input.reserveBytes = this.#assessment.reserveBytes;
    input.fastestBytesPerSecond = Math.max(
      growth.bytesPerSecond,
      growth.peakBytesPerSecond,
      squeeze.bytesPerSecond,
      assumed,
    );
    const growing = growth.bytesPerSecond > 0 || squeeze.bytesPerSecond > 0;
    const isExpecting = settings.inflating || settings.waitingForHelp;
    // A peak that decays changes the interval with time.
    this.#moves = growing || isExpecting || growth.peakBytesPerSecond > assumed;
    input.alert = growing || settings.inflating || isAtLeast(pressure, "moderate");
    input.waitingForHelp = settings.waitingForHelp;
    input.shortestMs = settings.shortestIntervalMs;
    input.longestMs = settings.inflating
      ? Math.min(NOTICE_INTERVAL_MS, settings.longestIntervalMs)
      : settings.longestIntervalMs;
    return nextIntervalMs(input);
  }

  #forecast(
    sample: MemorySample,
    { use, pressure, intervalMs }: SampleJudgement,
    settings: JudgementSettings,
  ) {
    const input = this.#forForecast;
    input.availableBytes = use.availableBytes;
    input.reserveBytes = this.#assessment.reserveBytes;
    input.growthBytesPerSecond = this.#growth.bytesPerSecond;
    input.squeezeBytesPerSecond = this.#squeeze.bytesPerSecond;
    input.pressure = pressure;
    input.lowMemory = sample.windows?.lowMemory ?? false;
    input.intervalMs = intervalMs;
    input.helpMs = settings.helpMs;
    return forecast(input);
  }
}

/** Whether the balloon counts as used in the guest's figures, and its size is not known. */
function isHidden({ balloonBytes }: RealUse, { balloonHidden, deflateOnOom }: GuestTraits): boolean {
  return balloonHidden === true || (deflateOnOom && balloonBytes === undefined);
}

/** The growth to be ready for before it is seen. With an empty balloon a demand gets nothing, so the fastest burst does not count. */
function assumedGrowth(use: RealUse, settings: JudgementSettings): number {
  const isBallooned = (use.balloonBytes ?? 0) > 0;
  return Math.max(
    settings.assumedGrowthBytesPerSecond,
    isBallooned ? (settings.touchBytesPerSecond ?? 0) : 0,
  );
}

/** Infinite where the limit means nothing: Linux overcommits by default. */
function commitLeftBytes({ windows, meminfo }: MemorySample): number {
  if (windows === undefined) return Number.POSITIVE_INFINITY;
  return (meminfo.commitLimitBytes ?? Number.POSITIVE_INFINITY) - (meminfo.committedBytes ?? 0);
}
