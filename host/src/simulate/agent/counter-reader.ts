/** When the agent reads its kernel's counters, which cost more than a look at available memory. Held to the real agent by a contract test. */
import { MIB } from "../../model/bytes.ts";
import type { Counters, Kernel } from "../guest/kernel.ts";

const EVERY_MS = 500;
/** Available memory that moved by more makes a reading due: a balloon size from before the move would look like growth. */
const MOVE_BYTES = 2 * MIB;

/** The counters at one moment, and the balloon's size, which is counted with them. */
export interface Reading extends Readonly<Counters> {
  readonly atMs: number;
  readonly balloonBytes: number;
}

/** One guest's counters as its agent knows them. */
export class CounterReader {
  #newest: Reading | undefined;
  #availableBytes = 0;

  /** The newest reading; `urgent` asks for one now. */
  read(kernel: Kernel, nowMs: number, urgent: boolean): Reading {
    const moved = Math.abs(kernel.availableBytes - this.#availableBytes) > MOVE_BYTES;
    this.#availableBytes = kernel.availableBytes;
    const newest = this.#newest;
    if (newest !== undefined && !urgent && !moved && nowMs - newest.atMs < EVERY_MS) return newest;
    this.#newest = { ...kernel.counters, atMs: nowMs, balloonBytes: kernel.balloonBytes };
    return this.#newest;
  }
}
