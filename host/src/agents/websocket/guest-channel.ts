/** One guest's WebSocket channel. Only the connection with the newest valid Hello is used. */
import {
  decodeEnvelope,
  encodeEnvelope,
  type GoodbyeReason,
  type Hello,
  negotiate,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
} from "@ballast/proto";
import type { AgentListener, Clock, HostMessage } from "../../model/adapters.ts";
import type { AgentFacts } from "../../model/guest.ts";
import type { Timers } from "../../timing/timers.ts";
import { TokenBucket } from "../../timing/token-bucket.ts";
import type { AgentChannel, ChannelCounters, ChannelSettings } from "../agent-channel.ts";
import { AgentSession } from "../agent-session.ts";
import { RateLimitedLog } from "../rate-limited-log.ts";
import type { AgentConnection } from "./agent-connection.ts";
import type { TokenVerifier } from "./token-verifier.ts";

/** At most this many unused connections; one more replaces the oldest. */
const MOST_WAITING = 3;
/** A connection on which no Hello comes within this is closed. */
export const HELLO_LIMIT_MS = 10_000;
/** The rate at which all unused connections together are read. */
const WAITING_PER_SECOND = 10;
const WAITING_BURST = 20;
const GOODBYE_INTERVAL_MS = 1_000;

export interface GuestChannelOptions extends ChannelSettings {
  readonly guestName: string;
  readonly clock: Clock;
  readonly listener: AgentListener;
  readonly timers: Pick<Timers, "after">;
  readonly newSessionId: () => string;
  /** Whether this channel may have a session now: not while the guest has one over virtio-serial. */
  readonly mayOpen: () => boolean;
  /** The channel is closed: no connection comes any more. */
  readonly onClose: () => void;
}

export class GuestChannel implements AgentChannel {
  readonly #options: GuestChannelOptions;
  readonly #session: AgentSession;
  readonly #talk = new RateLimitedLog();
  readonly #waitingRate = new TokenBucket(WAITING_PER_SECOND, WAITING_BURST);
  /** Each unused connection, with the function that cancels its deadline for a Hello. */
  readonly #waiting = new Map<AgentConnection, () => void>();
  #speaker: AgentConnection | undefined;
  #problem: string | undefined;
  #goodbyeAtMs = Number.NEGATIVE_INFINITY;
  #unsentMessages = 0;
  #isClosing = false;

  constructor(options: GuestChannelOptions) {
    this.#options = options;
    this.#session = new AgentSession({
      ...options,
      silenceHint: "no agent speaks",
      send: (envelope, courtesy) => {
        if (this.#speaker?.send(envelope, courtesy) !== true) this.#unsentMessages++;
      },
    });
  }

  facts(): AgentFacts {
    const facts: AgentFacts = { ...this.#session.facts(), transport: "websocket" };
    return this.#problem === undefined ? facts : { ...facts, problem: this.#problem };
  }

  counters(): ChannelCounters {
    return { ...this.#session.counters, discardedBytes: 0, unsentMessages: this.#unsentMessages };
  }

  send(message: HostMessage): void {
    this.#session.send(message);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#options.onClose();
    this.#session.farewell("shutdown");
    await Promise.all(this.#connections().map((each) => each.close("shutdown", "the broker stops")));
  }

  /** Takes a connection with a valid token of this guest. It is used once it sends a valid Hello. */
  accept(connection: AgentConnection): void {
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MOST_WAITING && oldest !== undefined)
      void oldest.close("policy", "the agent has too many connections open: the oldest is closed");
    this.#wait(connection, HELLO_LIMIT_MS);
    connection.listen({
      onEnvelope: (untrustedEnvelope) => this.#onEnvelope(connection, untrustedEnvelope),
      onClose: (problem) => this.#onClose(connection, problem),
    });
  }

  /** Closes connections whose token is no longer valid. */
  enforce(book: TokenVerifier): void {
    const revoked = this.#connections().filter(({ token }) => !book.holds(token));
    for (const connection of revoked)
      void connection.close("revoked", "the agent's token was revoked: its connection is closed");
  }

  /** The guest has a session on the other channel. The agent here is told so; its connection stays open and unused. */
  yield(): void {
    const speaker = this.#speaker;
    if (speaker === undefined) return;
    this.#session.farewell("other-channel");
    this.#session.closed();
    this.#speaker = undefined;
    this.#wait(speaker, undefined);
    this.#say("info", "the agent is heard over virtio-serial from now on: its WebSocket session is ended");
  }

  #connections(): AgentConnection[] {
    return [...(this.#speaker === undefined ? [] : [this.#speaker]), ...this.#waiting.keys()];
  }

  #wait(connection: AgentConnection, limitMs: number | undefined): void {
    const cancel =
      limitMs === undefined
        ? () => {}
        : this.#options.timers.after(limitMs, () => {
            void connection.close("policy", `the agent said no Hello within ${limitMs / 1000} s`);
          });
    this.#waiting.set(connection, cancel);
  }

  #stopWaiting(connection: AgentConnection): void {
    this.#waiting.get(connection)?.();
    this.#waiting.delete(connection);
  }

  #onEnvelope(connection: AgentConnection, untrustedEnvelope: Uint8Array): void {
    if (connection === this.#speaker) {
      this.#session.receive(untrustedEnvelope);
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    if (!this.#waitingRate.take(nowMs)) return;
    const decoded = decodeEnvelope(untrustedEnvelope);
    const message = decoded.ok ? decoded.envelope.message : undefined;
    if (message?.type === "hello") this.#onHello(connection, message, untrustedEnvelope, nowMs);
    // A Goodbye is never answered: two ends without a common session would answer each other without end.
    else if (message?.type !== "goodbye") this.#turnAway(connection, "unknown-session", nowMs);
  }

  #onHello(connection: AgentConnection, hello: Hello, untrustedEnvelope: Uint8Array, nowMs: number): void {
    this.#waiting.get(connection)?.();
    if (!this.#options.mayOpen()) {
      this.#turnAway(connection, "other-channel", nowMs);
      const text = `an agent at ${connection.address} is not heard over WebSocket: the guest is heard over virtio-serial`;
      this.#tell(this.#talk.warn("other-channel", text, nowMs));
      return;
    }
    // An agent with an unsupported version does not replace the current one.
    if (this.#speaker !== undefined && !negotiate(hello.minVersion, hello.maxVersion).ok) {
      this.#turnAway(connection, "version", nowMs);
      return;
    }
    this.#promote(connection, nowMs);
    this.#session.receive(untrustedEnvelope);
  }

  #promote(connection: AgentConnection, nowMs: number): void {
    const before = this.#speaker;
    if (before !== undefined) {
      this.#session.farewell("superseded");
      const text = `an agent at ${connection.address} took over from the one at ${before.address}: the newest Hello wins (two agents with tokens of one guest would take turns)`;
      this.#tell(this.#talk.warn("superseded", text, nowMs));
    }
    this.#session.closed();
    this.#stopWaiting(connection);
    this.#speaker = connection;
    this.#problem = undefined;
    this.#session.opened();
    void before?.close("superseded", "another agent of this guest took over");
  }

  #onClose(connection: AgentConnection, problem: string): void {
    this.#stopWaiting(connection);
    if (connection !== this.#speaker) return;
    this.#speaker = undefined;
    this.#session.closed();
    if (this.#isClosing) return;
    this.#problem = problem;
    this.#say("warn", problem);
  }

  #turnAway(connection: AgentConnection, reason: GoodbyeReason, nowMs: number): void {
    if (nowMs - this.#goodbyeAtMs < GOODBYE_INTERVAL_MS) return;
    this.#goodbyeAtMs = nowMs;
    const message = {
      type: "goodbye",
      reason,
      minVersion: PROTOCOL_MIN,
      maxVersion: PROTOCOL_MAX,
    } as const;
    connection.send(encodeEnvelope({ sequence: 0, message }), true);
  }

  #say(level: "info" | "warn", text: string): void {
    this.#tell(this.#talk.say(level, text, this.#options.clock.nowMs()));
  }

  #tell(lines: ReturnType<RateLimitedLog["say"]>): void {
    for (const { level, text } of lines) this.#options.listener.onSession(level, text);
  }
}
