/** The agent inside a simulated guest: the real agent's own decisions, on samples of the simulated kernel. */
import {
  AgentJudge,
  acceptTuning,
  buildDemand,
  buildReport,
  type DemandDecision,
  type MemorySample,
  type SampleJudgement,
} from "@ballast/guest/judgement";
import { GIB } from "../../model/bytes.ts";
import type { GuestDemand, GuestReport } from "../../model/guest.ts";
import { DEFAULT_TUNING } from "../../model/settings.ts";
import type { Guest } from "../guest/guest.ts";
import { KernelSampler, traitsOf } from "./kernel-sampler.ts";

/** One processor of a server touching fresh pages. */
const TOUCH_BYTES_PER_SECOND = 2 * GIB;
/** The broker asks for four heartbeats before a report is stale. */
const TUNING = acceptTuning({ heartbeatMs: DEFAULT_TUNING.staleAfterMs / 4 });
/** A sample this near to the heartbeat is sent as the heartbeat. */
const HEARTBEAT_SLACK_MS = 100;
/** A hoarder demands this often, and waits longer after a refusal. */
const GREED_EVERY_MS = 200;
const GREED_REFUSED_MS = 1_000;

/** What one sample leads to. */
export interface Heard {
  readonly nextMs: number;
  readonly report: GuestReport | undefined;
  readonly demand: GuestDemand | undefined;
}

/** One guest's agent during one boot. */
export class SimulatedAgent {
  readonly #guest: Guest;
  readonly #bootedAtMs: number;
  readonly #touchBytesPerSecond: number;
  readonly #judge: AgentJudge;
  readonly #sampler: KernelSampler;
  #sequence = 0;
  #isCalm = false;
  #greedyAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(guest: Guest, bootedAtMs: number) {
    this.#guest = guest;
    this.#touchBytesPerSecond = guest.plan.hardwareTouchBytesPerSecond ?? TOUCH_BYTES_PER_SECOND;
    this.#bootedAtMs = bootedAtMs;
    this.#judge = new AgentJudge(traitsOf(guest.plan), this.#touchBytesPerSecond);
    this.#judge.tune(TUNING);
    this.#sampler = new KernelSampler(guest.plan);
  }

  /** The host announced that the balloon grows. */
  noticed(nowMs: number, inflateBytes: number): void {
    this.#judge.inflationAnnounced(inflateBytes, nowMs);
  }

  /** The host has nothing to give. */
  refused(nowMs: number): void {
    this.#judge.refused(nowMs);
    this.#greedyAgainAtMs = nowMs + GREED_REFUSED_MS;
  }

  /** Everything is reported anew to a host that came back. */
  reconnected(): void {
    this.#judge.sessionOpened();
  }

  /** Until when samples find no news while nothing moves in the guest; absent: the next one might. */
  get quietUntilMs(): number | undefined {
    const { reportedAtMs } = this.#judge;
    if (!this.#isCalm || reportedAtMs === undefined) return undefined;
    return reportedAtMs + TUNING.heartbeatMs - HEARTBEAT_SLACK_MS;
  }

  sample(nowMs: number): Heard {
    const judge = this.#judge;
    const sample = this.#sampler.read(this.#guest.kernel, nowMs, judge.isWaiting(nowMs));
    const judgement = judge.judge(sample);
    if (judgement === undefined)
      return { nextMs: TUNING.longestIntervalMs, report: undefined, demand: undefined };
    const isGreedy = this.#guest.plan.agent.kind === "hoarder";
    const demand = isGreedy ? this.#greed(nowMs) : judge.demandToSend(judgement);
    this.#isCalm = !isGreedy && judgement.isStill;
    return {
      demand: demand && this.#demand(judgement, demand, nowMs),
      report: judge.isReportDue(judgement) ? this.#report(sample, judgement, nowMs) : undefined,
      nextMs: isGreedy ? GREED_EVERY_MS : judge.nextSampleMs(judgement),
    };
  }

  #greed(nowMs: number): DemandDecision | undefined {
    if (nowMs < this.#greedyAgainAtMs) return undefined;
    this.#greedyAgainAtMs = nowMs + GREED_EVERY_MS;
    return { reason: "critical", level: "critical", needBytes: this.#guest.kernel.fullBytes };
  }

  #demand(judgement: SampleJudgement, demand: DemandDecision, nowMs: number): GuestDemand {
    const { type: _, ...fields } = buildDemand(judgement, demand);
    const { level, needBytes } = demand;
    return { ...rounded(fields), receivedAtMs: nowMs, sequence: ++this.#sequence, level, needBytes };
  }

  #report(sample: MemorySample, judgement: SampleJudgement, nowMs: number): GuestReport {
    const { type: _, ...fields } = buildReport(sample, judgement, {
      roundTripMs: this.#judge.roundTripMs,
      cpuUs: undefined,
      touchBytesPerSecond: this.#touchBytesPerSecond,
    });
    return {
      ...rounded(fields),
      receivedAtMs: nowMs,
      bootId: `${this.#bootedAtMs}`,
      sampledAtMs: nowMs - this.#bootedAtMs,
      totalBytes: Math.round(sample.meminfo.totalBytes ?? 0),
      availableBytes: Math.round(judgement.use.availableBytes),
      pressure: judgement.pressure,
    };
  }
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields as the wire carries them: whole numbers, and none that is unknown. */
function rounded<T extends object>(fields: T): Known<T> {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    known.map(([name, value]) => [name, typeof value === "number" ? Math.round(value) : value]),
  ) as Known<T>;
}
