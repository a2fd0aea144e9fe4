/** A byte stream to the host that carries frames. */
import type { Lane } from "./outbox.ts";

/** `up`: a host is at the other end. `absent`: the channel is open, and no host is there. `closed`: it cannot be opened. */
export type StreamState = "up" | "absent" | "closed";

/** Whether more may be read now. */
export type MayRead = () => boolean;
export const ALWAYS: MayRead = () => true;

/** Driven from the sampling loop alone; no call ever blocks. */
export interface ByteStream {
  readonly state: StreamState;
  /** Counts openings. A change means a new connection: no session exists on it yet. */
  readonly generation: number;
  /** Why it is not open, in words for the admin; absent while all is well. */
  readonly problem: string | undefined;
  /** The descriptor to watch for arrivals; undefined when there is none. */
  readonly descriptor?: number | undefined;
  /**
   * Opens if need be, writes what waits and hands over what came. `onBytes` must copy what it keeps; `mayRead` is asked before each
   * piece: what is not read stays at the host's end.
   */
  poll(nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void, mayRead: MayRead): void;
  /** Queues a whole frame; a waiting frame of the same lane is replaced. Written at once where possible. */
  send(lane: Lane, frame: Uint8Array): void;
  /** Throws away what the host sent and is not read yet, with the connection: the next poll but a few opens it again. */
  reset?(nowMs: number): void;
  /** Closes for good. */
  close(): void;
}
