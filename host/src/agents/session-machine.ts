/**
 * One guest's agent session: awaiting a Hello -> live -> stale or closed. Pure: bytes and times in, effects out; the same
 * machine serves byte streams and WebSocket, where one message is one envelope.
 */
import {
  type DecodeProblem,
  decodeEnvelope,
  type Envelope,
  type Goodbye,
  type GoodbyeReason,
  type Hello,
  type Message,
  negotiate,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  type TuningSettings,
  type UnknownMessage,
} from "@ballast/proto";
import { ReportAge } from "../belief/report-age.ts";
import { judgeDemand, validateReport } from "../belief/validate-report.ts";
import type { HostMessage } from "../model/adapters.ts";
import type { AgentFacts, GuestDemand, GuestReport } from "../model/guest.ts";
import { TokenBucket } from "../timing/token-bucket.ts";
import { FloodWatch } from "./flood-watch.ts";
import { type LiveSession, type SendEffect, send } from "./live-session.ts";
import { NoiseWatch } from "./noise-watch.ts";
import { agentName, RateLimitedLog } from "./rate-limited-log.ts";
import { newCounters, type SessionCounters } from "./session-counters.ts";

/** An open channel without a session for longer than this is a problem to show. */
export const SILENCE_MS = 15_000;
/** Reports that exceed the guest's size for longer than this cannot be true. Until then QEMU is asked whether memory was plugged. */
const SIZE_DOUBT_MS = 3_000;
const ACK_INTERVAL_MS = 5_000;
const GOODBYE_INTERVAL_MS = 1_000;
/** Answers may come late and more than once. Only this many of the newest demands can be answered. */
const ANSWERABLE_DEMANDS = 64;

/** What the caller must do, in this order. */
export type SessionEffect =
  | SendEffect
  /** The guest rebooted: reports of other boots are void. */
  | { readonly kind: "boot"; readonly bootId: string }
  | { readonly kind: "report"; readonly report: GuestReport }
  | { readonly kind: "demand"; readonly demand: GuestDemand }
  /** The guest reports more memory than QEMU does: memory may just have been plugged. */
  | { readonly kind: "size-doubted" }
  | { readonly kind: "tell"; readonly level: "info" | "warn"; readonly text: string };

export interface SessionSettings {
  /** A session without a frame for this long is stale. */
  readonly staleAfterMs: number;
  /** Sent to the agent in the Welcome. */
  readonly tuning: TuningSettings;
  /** 16 random lower-case hex digits. */
  readonly newSessionId: () => string;
  /** What may be wrong when no agent speaks, in words for the admin. */
  readonly silenceHint: string;
  /** Full size of the guest; undefined until QEMU reports it. */
  readonly fullBytes: () => number | undefined;
  /** Bytes that the guest may see as memory beyond that. */
  readonly uncountedBytes: () => number;
}

export class HostSessionMachine {
  readonly #settings: SessionSettings;
  readonly #counters = newCounters();
  /** Checks the rate before decoding, because a frame costs the host. */
  readonly #frames = new TokenBucket(500, 1000);
  readonly #hellos = new TokenBucket(5, 10);
  readonly #reports = new TokenBucket(100, 200);
  readonly #demands = new TokenBucket(50, 100);
  readonly #talk = new RateLimitedLog();
  readonly #noise = new NoiseWatch();
  readonly #flood = new FloodWatch();
  readonly #age = new ReportAge();
  #openSinceMs: number | undefined;
  #heardSinceOpen = false;
  #live: LiveSession | undefined;
  #lastHello: Hello | undefined;
  #goodbyeAtMs: number | undefined;
  /** Why there is no session. */
  #sessionProblem: string | undefined;
  /** Why there is no report although there is a session. */
  #reportProblem: string | undefined;
  #sizeDoubtedSinceMs: number | undefined;
  /** What was told last. It is asked for several times in each tick, and seldom changes. */
  #facts: { readonly hello: Hello | undefined; readonly facts: Omit<AgentFacts, "transport"> } | undefined;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  get counters(): Readonly<SessionCounters> {
    return { ...this.#counters };
  }

  /** The channel is connected. The host sends nothing until it receives a Hello. */
  open(nowMs: number): void {
    this.#openSinceMs = nowMs;
    this.#heardSinceOpen = false;
    this.#noise.reset();
    this.#sessionProblem = undefined;
  }

  /** The connection broke, and with it the session. */
  close(): void {
    this.#openSinceMs = undefined;
    this.#live = undefined;
  }

  /** One envelope of the guest. */
  receive(untrustedEnvelope: Uint8Array, nowMs: number): SessionEffect[] {
    this.#counters.framesHeard++;
    this.#heardSinceOpen = true;
    if (!this.#frames.take(nowMs)) return this.#limited(nowMs, "frames");
    const decoded = decodeEnvelope(untrustedEnvelope);
    if (!decoded.ok) return this.#unreadable(decoded.problem, nowMs);
    const { message } = decoded.envelope;
    if (message.type === "hello") return this.#onHello(message, nowMs);
    const live = this.#live;
    if (live === undefined || decoded.envelope.session !== live.id) return this.#foreign(message, nowMs);
    return this.#inSession(live, decoded.envelope, nowMs);
  }

  /** Bytes of the stream that belong to no frame. */
  noise(bytes: number, nowMs: number): SessionEffect[] {
    this.#noise.add(bytes, this.#heardSinceOpen, nowMs);
    const problem = this.#noise.problem(nowMs);
    return problem === undefined ? [] : this.#talk.warn("noise", problem, nowMs);
  }

  /** A message of the host to the guest. An answer goes only to a demand of the current session. */
  tell(message: HostMessage): SessionEffect[] {
    const live = this.#live;
    if (live === undefined) return [];
    if (message.type === "inflation-notice") return [send(live, message, true)];
    const { demandSequence, answer } = message;
    if (!live.demands.includes(demandSequence)) return [];
    const { outcome, grantedBytes, targetBytes } = answer;
    return [send(live, { type: "demand-reply", demandSequence, outcome, grantedBytes, targetBytes })];
  }

  /** Ends the session with a Goodbye to the guest. `shutdown`: the broker stops. */
  farewell(reason: GoodbyeReason): SessionEffect[] {
    return this.#live === undefined ? [] : [send(this.#live, { type: "goodbye", reason })];
  }

  /** When to call {@link wake}; undefined: there is nothing to wait for. */
  deadlineMs(): number | undefined {
    if (this.#live !== undefined)
      return this.#live.stale ? undefined : this.#live.lastFrameAtMs + this.#settings.staleAfterMs;
    if (this.#openSinceMs === undefined || this.#sessionProblem !== undefined) return undefined;
    return this.#openSinceMs + SILENCE_MS;
  }

  /** Handles deadlines that have passed. Safe to call at any time. */
  wake(nowMs: number): SessionEffect[] {
    const deadlineMs = this.deadlineMs();
    if (deadlineMs === undefined || nowMs < deadlineMs) return [];
    if (this.#live !== undefined) {
      this.#live.stale = true;
      return this.#talk.say("warn", this.#staleText(this.#live, nowMs), nowMs);
    }
    this.#sessionProblem = this.#silenceText();
    return this.#talk.say("warn", this.#sessionProblem, nowMs);
  }

  /** The facts for the broker; the transport adds its own problem. */
  facts(nowMs: number): Omit<AgentFacts, "transport"> {
    const connected =
      this.#live !== undefined && nowMs - this.#live.lastFrameAtMs <= this.#settings.staleAfterMs;
    const problem = this.#problem(connected, nowMs);
    const hello = this.#lastHello;
    const last = this.#facts;
    if (last?.hello === hello && last?.facts.connected === connected && last.facts.problem === problem)
      return last.facts;
    const facts = {
      connected,
      ...(hello?.agentVersion !== undefined && { version: hello.agentVersion }),
      ...(hello?.os !== undefined && { osFamily: hello.os }),
      ...(hello !== undefined && { deflateOnOom: hello.capabilities.includes("deflate-on-oom") }),
      ...(problem !== undefined && { problem }),
    };
    this.#facts = { hello, facts };
    return facts;
  }

  #problem(connected: boolean, nowMs: number): string | undefined {
    if (this.#live === undefined) return this.#sessionProblem ?? this.#flood.problem(nowMs);
    if (!connected) return this.#staleText(this.#live, nowMs);
    return this.#flood.problem(nowMs) ?? this.#reportProblem ?? this.#noise.problem(nowMs);
  }

  #onHello(hello: Hello, nowMs: number): SessionEffect[] {
    if (!this.#hellos.take(nowMs)) return this.#limited(nowMs, "Hellos");
    const agreed = negotiate(hello.minVersion, hello.maxVersion);
    if (!agreed.ok) return this.#refuseVersion(hello, nowMs);
    const live = this.#live;
    // The agent repeats its Hello because the Welcome has not arrived yet. A new session would only confuse it.
    if (live !== undefined && live.hello.nonce === hello.nonce && live.hello.bootId === hello.bootId) {
      live.lastFrameAtMs = nowMs;
      live.restarts++;
      return [this.#welcome(live)];
    }
    return this.#begin(hello, agreed.version, nowMs);
  }

  #begin(hello: Hello, version: number, nowMs: number): SessionEffect[] {
    const rebooted = this.#lastHello !== undefined && this.#lastHello.bootId !== hello.bootId;
    this.#lastHello = hello;
    this.#sessionProblem = undefined;
    this.#reportProblem = undefined;
    const live: LiveSession = {
      id: this.#settings.newSessionId(),
      hello,
      version,
      heardSequence: 0,
      restarts: 0,
      sentSequence: 0,
      lastFrameAtMs: nowMs,
      stale: false,
      demands: [],
    };
    this.#live = live;
    const text = `${agentName(hello)} is here (protocol ${version})${rebooted ? "; the guest rebooted" : ""}`;
    const boot: SessionEffect[] = rebooted ? [{ kind: "boot", bootId: hello.bootId }] : [];
    return [...boot, this.#welcome(live), ...this.#talk.say("info", text, nowMs)];
  }

  #welcome(live: LiveSession): SessionEffect {
    const { tuning } = this.#settings;
    const { nonce } = live.hello;
    return send(live, { type: "welcome", version: live.version, session: live.id, nonce, tuning });
  }

  #refuseVersion(hello: Hello, nowMs: number): SessionEffect[] {
    this.#live = undefined;
    this.#lastHello = hello;
    const theirs = `${hello.minVersion} to ${hello.maxVersion}`;
    const ours = `${PROTOCOL_MIN} to ${PROTOCOL_MAX}`;
    this.#sessionProblem = `${agentName(hello)} speaks protocol ${theirs}, this broker ${ours}: update the older of the two`;
    return [...this.#turnAway("version", nowMs), ...this.#talk.warn("version", this.#sessionProblem, nowMs)];
  }

  /** A frame without a session, or from another one. */
  #foreign(message: Message | UnknownMessage, nowMs: number): SessionEffect[] {
    this.#counters.framesForeign++;
    // A Goodbye is never answered: two ends without a common session would answer each other without end.
    return message.type === "goodbye" ? [] : this.#turnAway("unknown-session", nowMs);
  }

  #turnAway(reason: GoodbyeReason, nowMs: number): SessionEffect[] {
    if (nowMs - (this.#goodbyeAtMs ?? Number.NEGATIVE_INFINITY) < GOODBYE_INTERVAL_MS) return [];
    this.#goodbyeAtMs = nowMs;
    const message: Goodbye = { type: "goodbye", reason, minVersion: PROTOCOL_MIN, maxVersion: PROTOCOL_MAX };
    return [{ kind: "send", courtesy: true, envelope: { sequence: 0, message } }];
  }

  #inSession(
    live: LiveSession,
    { sequence, message }: Envelope<Message | UnknownMessage>,
    nowMs: number,
  ): SessionEffect[] {
    if (sequence === 1 && live.heardSequence > 0 && live.restarts > 0) {
      live.restarts--;
      live.heardSequence = 0;
    }
    if (sequence <= live.heardSequence) {
      this.#counters.framesRepeated++;
      return [];
    }
    live.heardSequence = sequence;
    live.lastFrameAtMs = nowMs;
    const back = live.stale ? this.#talk.say("info", "the agent is heard again", nowMs) : [];
    live.stale = false;
    return [...back, ...this.#onMessage(live, sequence, message, nowMs)];
  }

  #onMessage(
    live: LiveSession,
    sequence: number,
    message: Message | UnknownMessage,
    nowMs: number,
  ): SessionEffect[] {
    switch (message.type) {
      case "report": {
        if (!this.#reports.take(nowMs)) return this.#limited(nowMs, "reports");
        const { bootId, pageSizeBytes } = live.hello;
        const sizes = {
          maxBytes: this.#settings.fullBytes(),
          uncountedBytes: this.#settings.uncountedBytes(),
        };
        const receivedAtMs = nowMs - this.#age.of(bootId, message.sampledAtMs ?? Number.NaN, nowMs);
        const context = { ...sizes, receivedAtMs, bootId, pageSizeBytes };
        const verdict = validateReport(message, context);
        if (!verdict.ok)
          return verdict.exceedsSize
            ? this.#doubtSize(verdict.problem, nowMs)
            : this.#refuseReport(verdict.problem, nowMs);
        this.#reportProblem = undefined;
        this.#sizeDoubtedSinceMs = undefined;
        return [{ kind: "report", report: verdict.report }, ...this.#ack(live, nowMs)];
      }
      case "demand": {
        if (!this.#demands.take(nowMs)) return this.#limited(nowMs, "demands");
        const verdict = judgeDemand(message, {
          maxBytes: this.#settings.fullBytes(),
          // It stood in the same queue as the report before it.
          receivedAtMs: nowMs - this.#age.lastMs,
          sequence,
        });
        if (!verdict.ok) return this.#refuseDemand(verdict.problem, nowMs);
        live.demands.push(sequence);
        if (live.demands.length > ANSWERABLE_DEMANDS) live.demands.shift();
        return [{ kind: "demand", demand: verdict.demand }];
      }
      case "goodbye":
        this.#live = undefined;
        this.#sessionProblem = `the agent said goodbye (${message.reason ?? "no reason given"})`;
        return this.#talk.say("info", this.#sessionProblem, nowMs);
      default:
        this.#counters.framesUnexpected++;
        return [];
    }
  }

  #ack(live: LiveSession, nowMs: number): SessionEffect[] {
    if (nowMs - (live.ackedAtMs ?? Number.NEGATIVE_INFINITY) < ACK_INTERVAL_MS) return [];
    live.ackedAtMs = nowMs;
    return [send(live, { type: "ack", sequence: live.heardSequence }, true)];
  }

  /** Drops the report. The guest counts as wrong only after QEMU had time to report a new size. */
  #doubtSize(problem: string, nowMs: number): SessionEffect[] {
    this.#sizeDoubtedSinceMs ??= nowMs;
    const isOver = nowMs - this.#sizeDoubtedSinceMs >= SIZE_DOUBT_MS;
    return [{ kind: "size-doubted" }, ...(isOver ? this.#refuseReport(problem, nowMs) : [])];
  }

  #refuseReport(problem: string, nowMs: number): SessionEffect[] {
    this.#counters.reportsRefused++;
    this.#reportProblem = `the agent's report is refused: ${problem}`;
    return this.#talk.warn("report", this.#reportProblem, nowMs);
  }

  #refuseDemand(problem: string, nowMs: number): SessionEffect[] {
    this.#counters.demandsRefused++;
    return this.#talk.warn("demand", `the agent's demand is refused: ${problem}`, nowMs);
  }

  #unreadable({ code, field }: DecodeProblem, nowMs: number): SessionEffect[] {
    this.#counters.framesUnreadable++;
    const place = field === undefined ? code : `${code}, ${field}`;
    return this.#talk.warn("unreadable", `the guest sent a frame that cannot be read (${place})`, nowMs);
  }

  #limited(nowMs: number, what: string): SessionEffect[] {
    this.#counters.framesLimited++;
    this.#flood.add(nowMs);
    return this.#talk.warn("limited", `the agent sends too many ${what}: the excess is dropped`, nowMs);
  }

  #silenceText(): string {
    const seconds = SILENCE_MS / 1000;
    if (this.#heardSinceOpen) return `frames arrive, but no agent began a session within ${seconds} s`;
    return this.#noise.instead ?? `connected, but silent for ${seconds} s: ${this.#settings.silenceHint}`;
  }

  #staleText(live: LiveSession, nowMs: number): string {
    return `nothing heard from the agent for ${Math.round((nowMs - live.lastFrameAtMs) / 1000)} s`;
  }
}
