/** Owns the contract between the quickstart's story and the guests and the broker that it is played on, real or simulated. */
import type { TestBroker } from "../testbed/broker.ts";

/** A program that takes memory in a hurry. */
export interface Burst {
  readonly mebibytes: number;
  readonly mebibytesPerSecond: number;
  /** How long it keeps the memory before it ends. */
  readonly holdSeconds: number;
}

/** A burst under way. */
export interface BurstRun {
  /** Exit status, 137 when it was killed; `undefined` while it runs. */
  status(): Promise<number | undefined>;
}

/** One guest as the story sees it. */
export interface StageGuest {
  readonly name: string;
  /** What the host holds for it now; `undefined` when it is gone. */
  heldBytes(): number | undefined;
  /** Kills by its out-of-memory killer since boot. */
  oomKills(): Promise<number>;
  startBurst(burst: Burst): Promise<BurstRun>;
}

/** Guests and broker, up and talking. */
export interface Stage {
  readonly kind: "real" | "simulated";
  readonly broker: TestBroker;
  readonly guests: readonly StageGuest[];
  /** Processes that run on when the stage is left alone instead of closed. */
  readonly pids: readonly number[];
  /** Holds sockets, config and logs. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Where a stage tells how it comes up, and what ends it early. */
export interface Opening {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}
