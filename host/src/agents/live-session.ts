/** The state of one agent session, and envelopes in its name. */
import type { Envelope, Hello, Message } from "@ballast/proto";

/** A `courtesy` may be dropped while the channel is full. */
export interface SendEffect {
  readonly kind: "send";
  readonly courtesy: boolean;
  readonly envelope: Envelope;
}

export interface LiveSession {
  readonly id: string;
  readonly hello: Hello;
  readonly version: number;
  heardSequence: number;
  /** Welcomes that were repeated: an agent may restart its count at each. */
  restarts: number;
  sentSequence: number;
  lastFrameAtMs: number;
  ackedAtMs?: number;
  stale: boolean;
  readonly demands: number[];
}

/** The next envelope of the session. */
export function send(live: LiveSession, message: Message, courtesy = false): SendEffect {
  live.sentSequence++;
  return { kind: "send", courtesy, envelope: { session: live.id, sequence: live.sentSequence, message } };
}
