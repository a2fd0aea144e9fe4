/** What `/v1/stream` tells: names are fixed. */
import type { BrokerEvent } from "./events.ts";
import type { Status } from "./status.ts";
import type { StatusDelta } from "./status-delta.ts";

/** The first message has the state, each further one what changed since the one before. Times are on the wall clock. */
export type StreamMessage =
  | {
      readonly type: "snapshot";
      readonly atMs: number;
      readonly status: Status;
      /** The newest, oldest first. */
      readonly events: readonly BrokerEvent[];
    }
  | ({ readonly type: "delta"; readonly atMs: number } & StatusDelta)
  | { readonly type: "event"; readonly event: BrokerEvent };

/** One delta in this time, even if nothing changed: a reader that hears nothing for longer knows that something is wrong. */
export const STREAM_STEP_MS = 1000;

/** Why the broker ends a stream: codes of WebSocket (RFC 6455, 7.4); those from 4000 on are ours. */
export const STREAM_CLOSE = {
  /** The broker stops. */
  stopping: 1001,
  /** The reader sent something; this stream only tells. */
  talking: 1008,
  /** The broker failed; its log says why. */
  failed: 1011,
  /** There are too many followers already. */
  full: 4001,
  /** The reader took its messages too slowly. */
  slow: 4002,
} as const;
