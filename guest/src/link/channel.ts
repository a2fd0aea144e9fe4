/** What the agent talks over, envelope by envelope, whatever carries them. */
import type { StreamState } from "./link.ts";
import type { Lane } from "./outbox.ts";

/** Before the path of a unix socket that is the channel. */
export const UNIX_PREFIX = "unix:";

/** Driven from the sampling loop alone; no call ever blocks. */
export interface Channel {
  /** `up`: a host is at the other end. */
  readonly state: StreamState;
  /** A change means another connection, on which nothing is agreed yet. */
  readonly generation: number;
  /** Why it is not open, in words for the admin; absent while all is well. */
  readonly problem: string | undefined;
  /** What the operating system can be asked to watch for arrivals; absent when there is nothing to watch. */
  readonly descriptor?: number | undefined;
  /** Opens if need be, sends what waits and hands over what came. `onEnvelope` must copy what it keeps. */
  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void;
  /** Queues a whole envelope; a waiting one of the same lane is replaced. Sent at once where possible. */
  send(lane: Lane, envelope: Uint8Array): void;
  /** Closes for good. */
  close(): void;
}

/** A channel that can be let go, and is opened again by the next poll. */
export interface RestingChannel extends Channel {
  rest(): void;
}
