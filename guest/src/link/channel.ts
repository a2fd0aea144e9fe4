/** The interface to the host, envelope by envelope, the same over all transports. */
import type { StreamState } from "./link.ts";
import type { Lane } from "./outbox.ts";

/** Before the path of a unix socket that is the channel. */
export const UNIX_PREFIX = "unix:";

/** Driven from the sampling loop alone; no call ever blocks. */
export interface Channel {
  /** `up`: a host is at the other end. */
  readonly state: StreamState;
  /** A change means a new connection: no session exists on it yet. */
  readonly generation: number;
  /** Why it is not open, in words for the admin; absent while all is well. */
  readonly problem: string | undefined;
  /** The descriptor to watch for arrivals; undefined when there is none. */
  readonly descriptor?: number | undefined;
  /** Opens if need be, sends what waits and hands over what came. `onEnvelope` must copy what it keeps. */
  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void;
  /** Queues a whole envelope; a waiting one of the same lane is replaced. Sent at once where possible. */
  send(lane: Lane, envelope: Uint8Array): void;
  /** Closes for good. */
  close(): void;
}

/** A channel that can be closed; the next poll opens it again. */
export interface RestingChannel extends Channel {
  rest(): void;
}
