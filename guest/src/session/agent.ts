/** The agent's loop: sample, judge, report. Only here session, sampling and channel meet. */
import {
  type Capability,
  decodeEnvelope,
  encodeEnvelope,
  type Hello,
  type Message,
  type OsFamily,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
} from "@ballast/proto";
import { AgentJudge } from "../judgement/agent-judge.ts";
import { buildDemand, buildReport } from "../judgement/build-report.ts";
import type { DemandDecision } from "../judgement/forecast.ts";
import type { SampleJudgement } from "../judgement/judge.ts";
import { type AgentTuning, acceptTuning } from "../judgement/tuning.ts";
import type { Channel } from "../link/channel.ts";
import type { Lane } from "../link/outbox.ts";
import { RateBudget } from "../link/rate-budget.ts";
import type { Log } from "../log.ts";
import type { GuestTraits, MemorySample } from "../sample/memory-sample.ts";
import { AgentSessionMachine, type SessionEffect } from "./session-machine.ts";

const MIB = 1024 * 1024;
/** Events wake the agent no more often than this, so a host that never stops sending cannot use up the guest's processor. */
export const SHORTEST_WAKE_MS = 10;

/**
 * The host's messages may cause this many samples per second, and in a row. A broker has news less often. Beyond that the next
 * sample comes when it is due.
 */
export const NEWS_PER_SECOND = 5;
export const NEWS_AT_ONCE = 10;

/** The time between two reports. Nothing else of the program runs while it dozes. A signal ends the wait, or waits so long at most if it comes between two waits. */
export const LONGEST_DOZE_MS = 2500;

/** Asking for the time costs a tenth of a first look: in between, the time that was waited is counted. Waits can only be longer than that. */
export const LOOKS_PER_CLOCK = 5;

/** With so long to the next sample, a second more or less is nothing. */
const AT_EASE_MS = 1000;

/** What the agent needs from the world. */
export interface AgentPorts {
  /** The guest's monotonic clock, milliseconds. */
  readonly nowMs: () => number;
  /** Runs `task` once after `ms`; the result cancels it. */
  readonly schedule: (ms: number, task: () => void) => () => void;
  readonly sampler: {
    readonly read: (nowMs: number, urgent: boolean) => MemorySample;
    /** Whether nothing moved since the last sample; absent: only a sample tells. */
    readonly isUnchanged?: (nowMs: number, isLasting: boolean) => boolean;
  };
  readonly channel: Channel;
  /** Called after each sample, so that data at `channel.descriptor` wakes the agent; undefined: only time wakes it. */
  readonly watch?: ((descriptor: number | undefined) => void) | undefined;
  /** Waits on this thread; false as soon as something happened. Absent: only `schedule` can wait. */
  readonly doze?: ((ms: number) => boolean) | undefined;
  readonly log: Log;
  /** 8 random bytes as hex. */
  readonly newNonce: () => string;
  /** CPU time this process used. */
  readonly cpuUs: () => number;
}

/** The guest's description, sent with every Hello. */
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
  readonly #judge: AgentJudge;
  readonly #again = () => this.start();
  readonly #onEnvelope = (untrustedEnvelope: Uint8Array) => this.#heard(untrustedEnvelope, this.#servedAtMs);
  #servedAtMs = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #sequence = 0;
  #saidProblem: string | undefined;
  #cancel: () => void = () => {};
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  /** Whether a message of the host changes what must be done. */
  #isNews = false;
  readonly #news = new RateBudget(NEWS_PER_SECOND, NEWS_AT_ONCE);
  #stopped = false;
  /** Milliseconds between ticks, for as long as nothing changes; absent: the next tick takes a sample. */
  #restMs: number | undefined;

  constructor(ports: AgentPorts, identity: AgentIdentity) {
    this.#ports = ports;
    this.#identity = identity;
    this.#session = new AgentSessionMachine(ports.newNonce);
    this.#judge = new AgentJudge(identity.traits, identity.touchBytesPerSecond);
  }

  /** A session lives, nothing moves in the guest, and so much is left that nobody would miss the agent for a second. */
  get isAtEase(): boolean {
    return this.#restMs !== undefined && this.#restMs >= AT_EASE_MS && this.#judge.isCalm;
  }

  /** Samples at once, and then repeatedly until `stop`. */
  start(): void {
    if (this.#stopped) return;
    this.#tickedAtMs = this.#ports.nowMs();
    const intervalMs = this.tick();
    this.#cancel = this.#ports.schedule(intervalMs, this.#again);
    this.#ports.watch?.(this.#ports.channel.descriptor);
  }

  /** The host sent something: reads all of it at once, and samples only if it is more than acknowledgements of reports. */
  hear(): void {
    if (this.#stopped) return;
    const nowMs = this.#ports.nowMs();
    this.#isNews = false;
    this.#serveChannel(nowMs);
    this.#news.refill(nowMs);
    if (this.#isNews && this.#news.isOpen) {
      this.#news.spend(1);
      this.wake();
    } else this.#ports.watch?.(this.#ports.channel.descriptor);
  }

  /** Memory stalls, or something else must not wait for the next sample. */
  wake(): void {
    if (this.#stopped) return;
    const sinceMs = this.#ports.nowMs() - this.#tickedAtMs;
    this.#restMs = undefined;
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

  /** Takes one sample and acts on it; returns the milliseconds until the next. */
  tick(): number {
    if (this.#restMs !== undefined && this.#rests(this.#restMs)) return this.#restMs;
    this.#restMs = undefined;
    const nowMs = this.#ports.nowMs();
    this.#serveChannel(nowMs);
    const judge = this.#judge;
    const sample = this.#ports.sampler.read(nowMs, judge.isWaiting(nowMs));
    const judgement = judge.judge(sample);
    const wakeInMs = this.#session.wakeInMs(nowMs) ?? Number.POSITIVE_INFINITY;
    if (!judgement) return Math.min(wakeInMs, judge.tuning.longestIntervalMs);
    if (this.#session.state.name !== "live") return Math.min(wakeInMs, judge.nextSampleMs(judgement));
    this.#tell(sample, judgement);
    this.#restMs = judge.nextSampleMs(judgement);
    return this.#restMs;
  }

  /** First looks, `restMs` apart, for as long as they find nothing. False: a sample is due. */
  #rests(restMs: number): boolean {
    const { nowMs, doze } = this.#ports;
    let atMs = nowMs();
    const untilMs = atMs + LONGEST_DOZE_MS;
    for (let looks = 1; this.#mayRest(atMs); looks++) {
      if (doze === undefined || atMs + restMs > untilMs) return true;
      if (!doze(restMs)) return false;
      atMs = looks % LOOKS_PER_CLOCK === 0 ? nowMs() : atMs + restMs;
    }
    return false;
  }

  /** Whether this tick finds what the last one found. The watch tells when the host speaks or leaves; without it each tick listens. */
  #mayRest(nowMs: number): boolean {
    const { channel, sampler, watch } = this.#ports;
    if (watch === undefined || channel.descriptor === undefined) return false;
    const judge = this.#judge;
    return sampler.isUnchanged?.(nowMs, judge.isLasting) === true && judge.stay(nowMs);
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
    // Mostly there is nothing to do; even an iterator would be garbage.
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
    this.#judge.tune(tuning);
    this.#judge.sessionOpened();
    this.#sequence = 0;
    this.#log("info", "session with the host opened");
  }

  #obey(message: Message, nowMs: number): void {
    if (message.type === "tuning") this.#judge.tune(acceptTuning(message));
    else if (message.type === "demand-reply" && message.outcome === "refused") this.#judge.refused(nowMs);
    else if (message.type === "inflation-notice")
      this.#judge.inflationAnnounced(message.inflateBytes ?? 0, nowMs);
  }

  #tell(sample: MemorySample, judgement: SampleJudgement): void {
    const demand = this.#judge.demandToSend(judgement);
    if (demand) this.#demand(judgement, demand);
    if (!this.#judge.isReportDue(judgement)) return;
    const figures = {
      roundTripMs: this.#judge.roundTripMs,
      cpuUs: this.#ports.cpuUs(),
      touchBytesPerSecond: this.#identity.touchBytesPerSecond,
    };
    this.#send("report", buildReport(sample, judgement, figures));
  }

  #demand(judgement: SampleJudgement, demand: DemandDecision): void {
    this.#send("demand", buildDemand(judgement, demand));
    const [needMib, availableMib] = [mebibytes(demand.needBytes), mebibytes(judgement.use.availableBytes)];
    this.#log("info", `demanded ${needMib} MiB with ${availableMib} MiB available: ${demand.reason}`);
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

function mebibytes(bytes: number): number {
  return Math.round(bytes / MIB);
}
