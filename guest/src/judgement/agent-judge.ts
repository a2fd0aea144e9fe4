/** All decisions of an agent about its guest: what each sample means, when to sample next, when to demand memory, what to report. */
import type { GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";
import { DemandGate, type Had } from "./demand-gate.ts";
import type { DemandDecision } from "./forecast.ts";
import { type JudgementSettings, SampleJudge, type SampleJudgement } from "./judge.ts";
import { isHeartbeatDue, isSignificant, type ReportKey } from "./significance.ts";
import { type AgentTuning, acceptTuning } from "./tuning.ts";

/** An announced inflation is expected to be over after this, plus the time for its size. */
const NOTICE_MS = 1000;
const SLOWEST_INFLATION_BYTES_PER_MS = 100_000;
const LONGEST_NOTICE_MS = 30_000;

/**
 * One guest's decisions, for the agent's loop and for the host's simulator alike. Pure but for what it remembers; times are the guest's
 * monotonic clock in milliseconds. Nothing is made anew for a sample that leads to nothing, so that sampling leaves no garbage.
 */
export class AgentJudge {
  readonly #judge: SampleJudge;
  readonly #gate: DemandGate;
  readonly #balloonHidden: boolean;
  readonly #touchBytesPerSecond: number | undefined;
  #tuning = acceptTuning(undefined);
  #settings: Mutable<JudgementSettings>;
  readonly #key: Mutable<ReportKey> = {
    atMs: Number.NaN,
    availableBytes: Number.NaN,
    totalBytes: Number.NaN,
    pressure: "none",
    oomKills: undefined,
  };
  readonly #had: Mutable<Had> = { memoryBytes: Number.NaN, availableBytes: Number.NaN };
  #lastReport: ReportKey | undefined;
  #inflatingUntilMs = Number.NEGATIVE_INFINITY;
  #isCalm = false;
  #isLasting = false;
  #stayedAtMs: number | undefined;

  /** `touchBytesPerSecond`: how fast this guest can touch new memory; absent: not measured. */
  constructor(traits: GuestTraits, touchBytesPerSecond: number | undefined) {
    this.#judge = new SampleJudge(traits);
    this.#balloonHidden = traits.balloonHidden ?? false;
    this.#gate = new DemandGate(this.#balloonHidden);
    this.#touchBytesPerSecond = touchBytesPerSecond;
    this.#settings = this.#settingsFor(this.#tuning);
  }

  get tuning(): AgentTuning {
    return this.#tuning;
  }

  /** Last learned time from a demand to its memory. */
  get roundTripMs(): number | undefined {
    return this.#gate.roundTripMs;
  }

  /** When the last report of this session was due; undefined: there was none. */
  get reportedAtMs(): number | undefined {
    return this.#lastReport?.atMs;
  }

  /** Nothing moves, and nothing is to be done. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Nothing has changed for a long time, and nothing is to be done. */
  get isLasting(): boolean {
    return this.#isCalm && this.#isLasting;
  }

  /** The host's settings, within safe bounds. */
  tune(tuning: AgentTuning): void {
    this.#tuning = tuning;
    this.#settings = this.#settingsFor(tuning);
    this.#isCalm = false;
  }

  /** The host has no report of this guest yet, so the next sample is reported. */
  sessionOpened(): void {
    this.#lastReport = undefined;
  }

  /** The host announced that it will inflate the balloon by this much. */
  inflationAnnounced(inflateBytes: number, nowMs: number): void {
    this.#isCalm = false;
    this.#judge.announceInflation(inflateBytes);
    const takesMs = NOTICE_MS + inflateBytes / SLOWEST_INFLATION_BYTES_PER_MS;
    this.#inflatingUntilMs = nowMs + Math.min(LONGEST_NOTICE_MS, takesMs);
  }

  /** The host refused: it has nothing to give now. */
  refused(nowMs: number): void {
    this.#gate.refused(nowMs);
  }

  /** Whether a demand was sent and its memory may still come: then a sample must contain all figures that decide. */
  isWaiting(nowMs: number): boolean {
    return this.#gate.isWaiting(nowMs);
  }

  /** Undefined when the kernel does not tell what is available. The next judgement overwrites this one. */
  judge(sample: MemorySample): SampleJudgement | undefined {
    const nowMs = sample.sampledAtMs;
    const settings = this.#settings;
    settings.helpMs = this.#gate.helpMs(this.#tuning.hostHelpMs);
    settings.waitingForHelp = this.#gate.isWaiting(nowMs);
    settings.inflating = nowMs < this.#inflatingUntilMs;
    if (this.#stayedAtMs !== undefined) this.#judge.stay(this.#stayedAtMs);
    this.#stayedAtMs = undefined;
    const judgement = this.#judge.judge(sample, settings);
    this.#isCalm = judgement?.isCalm === true && !settings.waitingForHelp && !settings.inflating;
    this.#isLasting = judgement?.isLasting === true;
    return judgement;
  }

  /**
   * For a first look that found what the last sample found. True: the last judgement stands, and counts as made at `nowMs`. False: something
   * is to be done that takes a whole sample.
   */
  stay(nowMs: number): boolean {
    if (!this.#isCalm || isHeartbeatDue(nowMs, this.#lastReport, this.#tuning)) return false;
    this.#stayedAtMs = nowMs;
    return true;
  }

  /** The demand to send now, which then counts as sent; undefined: none. Call it once for each sample while there is a session. */
  demandToSend({ demand, atMs, use }: SampleJudgement): DemandDecision | undefined {
    const had = this.#had;
    had.memoryBytes = this.#helpedBytes(use);
    had.availableBytes = use.availableBytes;
    this.#gate.observe(atMs, had);
    if (!demand || !this.#gate.shouldSend(demand, atMs, use.availableBytes)) return undefined;
    this.#gate.sent(demand, atMs, had);
    return demand;
  }

  /** Whether to report the sample, which then counts as reported. Call it once for each sample while there is a session. */
  isReportDue({ atMs, use, pressure, oomKills }: SampleJudgement): boolean {
    const key = this.#key;
    key.atMs = atMs;
    key.availableBytes = use.availableBytes;
    key.totalBytes = use.totalBytes;
    key.pressure = pressure;
    key.oomKills = oomKills;
    if (!isSignificant(key, this.#lastReport, this.#tuning)) return false;
    this.#lastReport = { ...key };
    return true;
  }

  /** Milliseconds until the next sample. The answer to a demand that was just sent comes within milliseconds. */
  nextSampleMs({ atMs, intervalMs }: SampleJudgement): number {
    return this.#gate.isWaiting(atMs) ? this.#tuning.shortestIntervalMs : intervalMs;
  }

  /** The figure that grows when the balloon shrinks. A hidden balloon looks like used memory, and the total stays the same. */
  #helpedBytes(use: SampleJudgement["use"]): number {
    return this.#balloonHidden ? use.availableBytes : use.totalBytes;
  }

  #settingsFor(tuning: AgentTuning): Mutable<JudgementSettings> {
    const touchBytesPerSecond = this.#touchBytesPerSecond;
    return { ...tuning, touchBytesPerSecond, helpMs: 0, waitingForHelp: false, inflating: false };
  }
}
