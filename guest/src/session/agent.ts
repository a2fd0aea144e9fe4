/** The agent's loop: look, judge, tell; the only place where session, sampling and channel meet. */
import {
  type Capability,
  type Demand,
  decodeEnvelope,
  encodeEnvelope,
  type Hello,
  type Message,
  type OsFamily,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
} from "@ballast/proto";
import { DemandGate } from "../judgement/demand-gate.ts";
import { type JudgementSettings, SampleJudge, type SampleJudgement } from "../judgement/judge.ts";
import { isSignificant, type ReportKey } from "../judgement/significance.ts";
import type { Channel } from "../link/channel.ts";
import type { Lane } from "../link/outbox.ts";
import type { Log } from "../log.ts";
import { buildDemand, buildReport } from "../report/build.ts";
import type { GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";
import { AgentSessionMachine, type SessionEffect } from "./session-machine.ts";
import { type AgentTuning, acceptTuning } from "./tuning.ts";

/** An announced inflation is expected to be over after this, plus the time for its size. */
const NOTICE_MS = 1000;
const SLOWEST_INFLATION_BYTES_PER_MS = 100_000;
const LONGEST_NOTICE_MS = 30_000;
/** Events wake the agent no more often than this: a host that never stops talking does not take the guest's processor. */
export const SHORTEST_WAKE_MS = 10;

/** What the agent needs from the world. */
export interface AgentPorts {
  /** The guest's monotonic clock, milliseconds. */
  readonly nowMs: () => number;
  /** Runs `task` once after `ms`; the result cancels it. */
  readonly schedule: (ms: number, task: () => void) => () => void;
  readonly sampler: { readonly read: (nowMs: number, urgent: boolean) => MemorySample };
  readonly channel: Channel;
  /** Told after each round that the agent wants to be woken when `channel.descriptor` has something; absent: only time wakes it. */
  readonly watch?: ((descriptor: number | undefined) => void) | undefined;
  readonly log: Log;
  /** 8 random bytes as hex. */
  readonly newNonce: () => string;
  /** CPU time this process used. */
  readonly cpuUs: () => number;
}

/** Who this guest is; sent with every Hello. */
export interface AgentIdentity {
  readonly bootId: string;
  readonly os: OsFamily;
  readonly osVersion: string;
  readonly agentVersion: string;
  readonly traits: GuestTraits;
  readonly capabilities: readonly Capability[];
  /** How fast this guest can touch new memory; absent: not measured. */
  readonly touchBytesPerSecond?: number;
}

/** One running agent. */
export class Agent {
  readonly #ports: AgentPorts;
  readonly #identity: AgentIdentity;
  readonly #session: AgentSessionMachine;
  readonly #assessor: SampleJudge;
  readonly #gate = new DemandGate();
  #tuning: AgentTuning = acceptTuning(undefined);
  // Made once and filled in for each sample, so that sampling leaves no garbage.
  #settings: Mutable<JudgementSettings>;
  readonly #key: Mutable<ReportKey> = {
    atMs: Number.NaN,
    availableBytes: Number.NaN,
    totalBytes: Number.NaN,
    pressure: "none",
    oomKills: undefined,
  };
  readonly #again = () => this.start();
  readonly #onEnvelope = (untrustedEnvelope: Uint8Array) => this.#heard(untrustedEnvelope, this.#servedAtMs);
  #servedAtMs = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #sequence = 0;
  #lastReport: ReportKey | undefined;
  #inflatingUntilMs = Number.NEGATIVE_INFINITY;
  #saidProblem: string | undefined;
  #cancel: () => void = () => {};
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  /** Whether what was heard changes what is to be done. */
  #isNews = false;
  #stopped = false;

  constructor(ports: AgentPorts, identity: AgentIdentity) {
    this.#ports = ports;
    this.#identity = identity;
    this.#session = new AgentSessionMachine(ports.newNonce);
    this.#assessor = new SampleJudge(identity.traits);
    this.#settings = settingsOf(this.#tuning, identity);
  }

  /** Samples at once, and on and on until `stop`. */
  start(): void {
    if (this.#stopped) return;
    this.#tickedAtMs = this.#ports.nowMs();
    const intervalMs = this.tick();
    this.#cancel = this.#ports.schedule(intervalMs, this.#again);
    this.#ports.watch?.(this.#ports.channel.descriptor);
  }

  /** The host spoke: hears it out at once, and takes a sample only if it said more than that a report arrived. */
  hear(): void {
    if (this.#stopped) return;
    const nowMs = this.#ports.nowMs();
    const isFlood = nowMs - this.#heardAtMs < SHORTEST_WAKE_MS;
    this.#heardAtMs = nowMs;
    this.#isNews = isFlood;
    if (!isFlood) this.#serveChannel(nowMs);
    if (this.#isNews) this.wake();
    else this.#ports.watch?.(this.#ports.channel.descriptor);
  }

  /** Memory stalls, or something else should not wait for the next sample. */
  wake(): void {
    if (this.#stopped) return;
    const sinceMs = this.#ports.nowMs() - this.#tickedAtMs;
    this.#cancel();
    this.#cancel = this.#ports.schedule(Math.max(0, SHORTEST_WAKE_MS - sinceMs), this.#again);
  }

  /** Says goodbye and closes the channel. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
    if (this.#session.state.name === "live") this.#send("control", { type: "goodbye", reason: "shutdown" });
    this.#ports.channel.close();
  }

  /** One round; gives the milliseconds until the next. */
  tick(): number {
    const nowMs = this.#ports.nowMs();
    this.#serveChannel(nowMs);
    const settings = this.#settings;
    settings.helpMs = this.#gate.helpMs(this.#tuning.hostHelpMs);
    settings.waitingForHelp = this.#gate.isWaiting(nowMs);
    settings.inflating = nowMs < this.#inflatingUntilMs;
    const sample = this.#ports.sampler.read(nowMs, settings.waitingForHelp);
    const assessment = this.#assessor.judge(sample, settings);
    const wakeInMs = this.#session.wakeInMs(nowMs) ?? Number.POSITIVE_INFINITY;
    if (!assessment) return Math.min(wakeInMs, this.#tuning.longestIntervalMs);
    if (this.#session.state.name === "live") this.#tell(sample, assessment);
    // A call that has just gone out is answered within milliseconds.
    const intervalMs = this.#gate.isWaiting(nowMs) ? this.#tuning.shortestIntervalMs : assessment.intervalMs;
    return Math.min(wakeInMs, intervalMs);
  }

  #serveChannel(nowMs: number): void {
    const { channel } = this.#ports;
    this.#servedAtMs = nowMs;
    channel.poll(nowMs, this.#onEnvelope);
    const { problem } = channel;
    if (problem !== undefined && problem !== this.#saidProblem) this.#log("warn", problem);
    this.#saidProblem = problem;
    if (channel.generation !== this.#generation) {
      this.#generation = channel.generation;
      this.#perform(this.#session.linkReplaced(), nowMs);
    }
    this.#perform(this.#session.tick(nowMs, channel.state === "up"), nowMs);
  }

  #heard(untrustedEnvelope: Uint8Array, nowMs: number): void {
    const decoded = decodeEnvelope(untrustedEnvelope);
    if (decoded.ok) this.#perform(this.#session.heard(decoded.envelope, nowMs), nowMs);
    else this.#log("debug", `a frame of the host is ${decoded.problem.code}`);
  }

  #perform(effects: readonly SessionEffect[], nowMs: number): void {
    // Mostly there is nothing to do, for which even an iterator would be garbage.
    if (effects.length === 0) return;
    for (const effect of effects) {
      if (effect.type !== "message" || effect.message.type !== "ack") this.#isNews = true;
      if (effect.type === "hello") this.#sayHello(effect.nonce);
      else if (effect.type === "opened") this.#opened(acceptTuning(effect.tuning));
      else if (effect.type === "closed") this.#log("info", `session ended: ${effect.reason}`);
      else this.#obey(effect.message, nowMs);
    }
  }

  #opened(tuning: AgentTuning): void {
    this.#tune(tuning);
    this.#sequence = 0;
    this.#lastReport = undefined;
    this.#log("info", "session with the host opened");
  }

  #tune(tuning: AgentTuning): void {
    this.#tuning = tuning;
    this.#settings = settingsOf(tuning, this.#identity);
  }

  #obey(message: Message, nowMs: number): void {
    if (message.type === "tuning") this.#tune(acceptTuning(message));
    else if (message.type === "demand-reply" && message.outcome === "refused") this.#gate.refused(nowMs);
    else if (message.type === "inflation-notice") {
      this.#assessor.announceInflation(message.inflateBytes ?? 0);
      const takesMs = NOTICE_MS + (message.inflateBytes ?? 0) / SLOWEST_INFLATION_BYTES_PER_MS;
      this.#inflatingUntilMs = nowMs + Math.min(LONGEST_NOTICE_MS, takesMs);
    }
  }

  #tell(sample: MemorySample, assessment: SampleJudgement): void {
    const { atMs, use } = assessment;
    this.#gate.observe(atMs, use.totalBytes);
    this.#demand(assessment);
    const key = this.#key;
    key.atMs = atMs;
    key.availableBytes = use.availableBytes;
    key.totalBytes = use.totalBytes;
    key.pressure = assessment.pressure;
    key.oomKills = sample.counters?.vmstat.oomKills;
    if (!isSignificant(key, this.#lastReport, this.#tuning)) return;
    this.#lastReport = { ...key };
    const figures = {
      roundTripMs: this.#gate.roundTripMs,
      cpuUs: this.#ports.cpuUs(),
      touchBytesPerSecond: this.#identity.touchBytesPerSecond,
    };
    this.#send("report", buildReport(sample, assessment, figures));
  }

  #demand(assessment: SampleJudgement): void {
    const { demand, atMs, use } = assessment;
    if (!demand) {
      this.#gate.settled();
      return;
    }
    if (!this.#gate.shouldSend(demand, atMs)) return;
    const message: Demand = buildDemand(assessment, demand);
    this.#send("demand", message);
    this.#gate.sent(demand, atMs, use.totalBytes);
    this.#log(
      "info",
      `asked for ${megabytes(demand.needBytes)} MB with ${megabytes(use.availableBytes)} MB available: ${demand.reason}`,
    );
  }

  #sayHello(nonce: string): void {
    const { bootId, os, osVersion, agentVersion, traits, capabilities } = this.#identity;
    const hello: Hello = {
      type: "hello",
      minVersion: PROTOCOL_MIN,
      maxVersion: PROTOCOL_MAX,
      capabilities,
      nonce,
      bootId,
      os,
      osVersion,
      agentVersion,
      pageSizeBytes: traits.pageSizeBytes,
    };
    this.#send("control", hello);
  }

  #send(lane: Lane, message: Message): void {
    const state = this.#session.state;
    this.#sequence++;
    const session = state.name === "live" ? state.session : undefined;
    this.#ports.channel.send(lane, encodeEnvelope({ session, sequence: this.#sequence, message }));
  }

  #log(level: Parameters<Log["write"]>[0], text: string): void {
    this.#ports.log.write(level, text);
  }
}

function settingsOf(tuning: AgentTuning, { touchBytesPerSecond }: AgentIdentity): Mutable<JudgementSettings> {
  return { ...tuning, touchBytesPerSecond, helpMs: 0, waitingForHelp: false, inflating: false };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
