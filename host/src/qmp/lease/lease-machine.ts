/** When a lent monitor is looked at and when it is connected to, as a pure state machine. One connection at a time, ever. */
import { pauseMs } from "../../timing/backoff.ts";
import { type MonitorSight, type Obstacle, obstacleOf } from "./sight.ts";

/** What is to be done next. */
export type LeaseStep =
  | { readonly kind: "none" }
  | { readonly kind: "look"; readonly afterMs: number }
  | { readonly kind: "connect" };

/** A holder of a moment, such as one command, is gone by then; a look costs 0.3 ms. */
const LOOK_AGAIN_MS = { least: 5, most: 10 };
/** Proxmox's poll of 20 guests holds all monitors for 70 ms, of 60 for 210. What lasts longer is looked at less often. */
const LONG_WAIT_MS = 500;
const LATER_FACTOR = 5;

const NOTHING: LeaseStep = { kind: "none" };

export class LeaseMachine {
  #state: "resting" | "looking" | "connected" = "resting";
  #obstacle: Obstacle | undefined;
  /** Since when something has been in the way. */
  #sinceMs: number | undefined;
  /** Attempts in a row that ended with nothing answered. */
  #failures = 0;

  get isConnected(): boolean {
    return this.#state === "connected";
  }

  /** What the last look found in the way. */
  get obstacle(): Obstacle | undefined {
    return this.#obstacle;
  }

  /** Something is to be sent. */
  wanted(): LeaseStep {
    return this.#state === "resting" ? this.#look(0) : NOTHING;
  }

  /** The monitor was looked at; `isWanted`: something is still to be sent. `random`: 0…1. */
  looked(sight: MonitorSight, isWanted: boolean, nowMs: number, random: number): LeaseStep {
    if (this.#state !== "looking") return NOTHING;
    this.#obstacle = obstacleOf(sight);
    if (this.#obstacle === undefined) this.#sinceMs = undefined;
    else this.#sinceMs ??= nowMs;
    if (!isWanted) return this.#rest();
    if (this.#obstacle !== undefined) return this.#look(this.#pauseMs(nowMs, random));
    this.#state = "connected";
    return { kind: "connect" };
  }

  /** The connection is gone; `isAnswered`: QEMU gave all that it owed. */
  ended(isAnswered: boolean, isWanted: boolean, random: number): LeaseStep {
    const afterMs = isAnswered ? 0 : pauseMs(this.#failures, random);
    this.#failures = isAnswered ? 0 : this.#failures + 1;
    return isWanted ? this.#look(afterMs) : this.#rest();
  }

  #pauseMs(nowMs: number, random: number): number {
    const { least, most } = LOOK_AGAIN_MS;
    const pause = least + (most - least) * random;
    return nowMs - (this.#sinceMs ?? nowMs) < LONG_WAIT_MS ? pause : pause * LATER_FACTOR;
  }

  #look(afterMs: number): LeaseStep {
    this.#state = "looking";
    return { kind: "look", afterMs };
  }

  #rest(): LeaseStep {
    this.#state = "resting";
    return NOTHING;
  }
}
