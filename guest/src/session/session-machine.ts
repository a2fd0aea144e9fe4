/** The agent's side of the handshake as a state machine. It returns what to send; it sends nothing itself. */
import {
  type GoodbyeReason,
  type Message,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  type TuningSettings,
} from "@ballast/proto";

/** Waits between the Hellos of one attempt, the last one for all that follow. */
export const HELLO_WAITS_MS = [500, 1000, 2000, 5000] as const;
/** A host that said nothing for this long gets another Hello. */
export const HOST_SILENCE_MS = 30_000;
/** Time to the next try if there is no common version or another agent took over: the host may be upgraded, the other agent may end. */
export const VERSION_RETRY_MS = 60_000;
/** A host that forgets its sessions again and again gets a Hello no more often than this. */
export const SHORTEST_HELLO_GAP_MS = 500;
/** After a Goodbye that blames the agent, or says that the host stops. */
export const UNWELCOME_RETRY_MS = 5000;
/** After a Hello the link is polled often for this time: an answer may come at any moment. */
export const ANSWER_EXPECTED_MS = 1000;
const ANSWER_POLL_MS = 50;

export type SessionState =
  /** No host at the other end. */
  | { readonly name: "down" }
  /** Saying Hello until it is answered. */
  | {
      readonly name: "greeting";
      readonly nonce: string;
      readonly attempts: number;
      readonly nextHelloAtMs: number;
      readonly lastHelloAtMs: number;
    }
  /** Welcomed. `nonce` is the Hello's that led here. */
  | { readonly name: "live"; readonly nonce: string; readonly session: string; readonly heardAtMs: number };

/** What the caller has to do. */
export type SessionEffect =
  | { readonly type: "hello"; readonly nonce: string }
  | { readonly type: "opened"; readonly tuning: TuningSettings | undefined }
  | { readonly type: "closed"; readonly reason: string }
  /** A message of the live session. */
  | { readonly type: "message"; readonly message: Message };

export interface Heard {
  readonly session?: string | undefined;
  readonly message: Message | { readonly type: "unknown" };
}

/** The most frequent result: nothing to do. */
const NOTHING: readonly SessionEffect[] = [];

/** Life of the session with the host. Times are the guest's monotonic clock, in milliseconds. */
export class AgentSessionMachine {
  readonly #newNonce: () => string;
  #state: SessionState = { name: "down" };
  #lastHelloAtMs = Number.NEGATIVE_INFINITY;

  /** `newNonce` gives 8 random bytes as hex. */
  constructor(newNonce: () => string) {
    this.#newNonce = newNonce;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Time passed; `linkUp` tells whether a host is at the other end. */
  tick(nowMs: number, linkUp: boolean): readonly SessionEffect[] {
    const state = this.#state;
    if (!linkUp) return state.name === "down" ? NOTHING : this.#down("the host left the channel");
    if (state.name === "down") return this.#greet(nowMs, nowMs);
    if (state.name === "greeting")
      return nowMs >= state.nextHelloAtMs ? this.#sayHello(state, nowMs) : NOTHING;
    if (nowMs - state.heardAtMs < HOST_SILENCE_MS) return NOTHING;
    return [closed("the host is silent"), ...this.#greet(nowMs, nowMs)];
  }

  /** The connection is new: the old session does not hold. */
  linkReplaced(): SessionEffect[] {
    return this.#state.name === "down" ? [] : this.#down("the channel was opened anew");
  }

  /** An envelope came. Those of other sessions, and answers to other nonces, are ignored. */
  heard(envelope: Heard, nowMs: number): SessionEffect[] {
    const { message } = envelope;
    const state = this.#state;
    if (state.name === "down" || message.type === "unknown") return [];
    if (message.type === "welcome") {
      const spoken = message.version >= PROTOCOL_MIN && message.version <= PROTOCOL_MAX;
      if (message.nonce !== state.nonce || !spoken) return [];
      const isNews = state.name !== "live" || state.session !== message.session;
      this.#state = { name: "live", nonce: state.nonce, session: message.session, heardAtMs: nowMs };
      // Two Hellos may have been answered: the session goes on, and so do its sequence numbers.
      if (!isNews) return [];
      return [{ type: "opened", tuning: message.tuning }];
    }
    if (message.type === "goodbye") return this.#goodbye(envelope.session, message.reason, nowMs);
    if (state.name !== "live" || envelope.session !== state.session) return [];
    this.#state = { ...state, heardAtMs: nowMs };
    return [{ type: "message", message }];
  }

  /** Milliseconds until the machine must send or receive; undefined when it can wait for the next sample. */
  wakeInMs(nowMs: number): number | undefined {
    if (this.#state.name !== "greeting") return undefined;
    if (nowMs - this.#state.lastHelloAtMs < ANSWER_EXPECTED_MS) return ANSWER_POLL_MS;
    return Math.max(ANSWER_POLL_MS, this.#state.nextHelloAtMs - nowMs);
  }

  #goodbye(session: string | undefined, reason: GoodbyeReason | undefined, nowMs: number): SessionEffect[] {
    const live = this.#state.name === "live" ? this.#state : undefined;
    // A Goodbye to another session is old. A Goodbye without a session answers a frame whose session the host does not know.
    if (session !== undefined && session !== live?.session) return [];
    if (session === undefined && !live && reason === "unknown-session") return [];
    const ended = live ? [closed(`the host said goodbye: ${reason ?? "no reason"}`)] : [];
    return [...ended, ...this.#greet(nowMs, nowMs + goodbyeWaitMs(reason))];
  }

  #greet(nowMs: number, firstHelloAtMs: number): SessionEffect[] {
    const nextHelloAtMs = Math.max(firstHelloAtMs, this.#lastHelloAtMs + SHORTEST_HELLO_GAP_MS);
    const state = {
      name: "greeting",
      nonce: this.#newNonce(),
      attempts: 0,
      nextHelloAtMs,
      lastHelloAtMs: this.#lastHelloAtMs,
    } as const;
    this.#state = state;
    return nowMs >= nextHelloAtMs ? this.#sayHello(state, nowMs) : [];
  }

  #sayHello(state: Extract<SessionState, { name: "greeting" }>, nowMs: number): SessionEffect[] {
    const waitMs = HELLO_WAITS_MS[Math.min(state.attempts, HELLO_WAITS_MS.length - 1)] ?? UNWELCOME_RETRY_MS;
    this.#lastHelloAtMs = nowMs;
    this.#state = {
      ...state,
      attempts: state.attempts + 1,
      lastHelloAtMs: nowMs,
      nextHelloAtMs: nowMs + waitMs,
    };
    return [{ type: "hello", nonce: state.nonce }];
  }

  #down(reason: string): SessionEffect[] {
    const wasLive = this.#state.name === "live";
    this.#state = { name: "down" };
    return wasLive ? [closed(reason)] : [];
  }
}

function goodbyeWaitMs(reason: GoodbyeReason | undefined): number {
  if (reason === "unknown-session") return 0;
  return reason === "version" || reason === "superseded" ? VERSION_RETRY_MS : UNWELCOME_RETRY_MS;
}

function closed(reason: string): SessionEffect {
  return { type: "closed", reason };
}
