/** What the broker knows of one guest's balloon: where it was sent, where it is, and whether another program moves it. */
import type { OtherController } from "../model/guest.ts";
import type { Reason } from "../model/plan.ts";
import { type ForeignWatch, noForeignMoves, watchForeignMoves } from "./foreign-moves.ts";

/** A move that was made, on the wall clock. */
export interface PastMove {
  readonly atMs: number;
  /** Absent: not known. */
  readonly fromBytes?: number;
  readonly toBytes: number;
  readonly reason: Reason;
}

/** Why commands are not sent for a while: the last one failed. */
export interface CommandFailure {
  readonly problem: string;
  readonly failures: number;
  readonly retryAtMs: number;
}

/** After a command that failed the next one is sent this much later, doubling. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 60_000;
const MAX_PAST_MOVES = 50;
/** Another controller that has not moved the balloon for this long has gone; KSM is left alone for as long. */
const QUIET_MS = 30 * 60_000;

export class GuestBalloon {
  #targetBytes: number | undefined;
  #commandedAtMs = Number.NEGATIVE_INFINITY;
  #failure: CommandFailure | undefined;
  #nudgedAtMs = Number.NEGATIVE_INFINITY;
  #actualBytes: number | undefined;
  #actualAtMs = 0;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #moves: readonly PastMove[] = [];
  #foreign: ForeignWatch = noForeignMoves();
  #other: (OtherController & { readonly movedAtMs: number }) | undefined;

  /** Last target that QEMU was sent; absent while none was, or what became of it is unknown. */
  get targetBytes(): number | undefined {
    return this.#targetBytes;
  }

  /** When that target was first sent. */
  get commandedAtMs(): number {
    return this.#commandedAtMs;
  }

  get failure(): CommandFailure | undefined {
    return this.#failure;
  }

  /** When the balloon was moved only to learn its size. */
  get nudgedAtMs(): number {
    return this.#nudgedAtMs;
  }

  /** Newest size, from an answer or an event. */
  get actualBytes(): number | undefined {
    return this.#actualBytes;
  }

  /** When QEMU told it. */
  get actualAtMs(): number {
    return this.#actualAtMs;
  }

  /** When the size was last seen to differ from the one before. */
  get movedAtMs(): number {
    return this.#movedAtMs;
  }

  /** Newest first, bounded. */
  get moves(): readonly PastMove[] {
    return this.#moves;
  }

  /** Absent: nobody else moves it. */
  get other(): OtherController | undefined {
    return this.#other;
  }

  /** A target is being sent. */
  commanded(targetBytes: number, atMs: number): void {
    if (this.#targetBytes !== targetBytes) {
      this.#commandedAtMs = atMs;
      this.#foreign = { ...this.#foreign, arrived: false, isBelow: false };
    }
    this.#targetBytes = targetBytes;
  }

  /** QEMU acknowledged a command. */
  accepted(): void {
    this.#failure = undefined;
  }

  /** What QEMU did with the command is unknown: the next observation tells, and until then nothing is assumed. */
  doubt(targetBytes: number): void {
    if (this.#targetBytes === targetBytes) this.#targetBytes = undefined;
  }

  /** QEMU refused a command, or did not answer it: the next one waits. */
  failed(problem: string, atMs: number): void {
    const failures = (this.#failure?.failures ?? 0) + 1;
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
    this.#failure = { problem, failures, retryAtMs: atMs + delayMs };
  }

  nudged(atMs: number): void {
    this.#nudgedAtMs = atMs;
  }

  remember(move: PastMove): void {
    this.#moves = [move, ...this.#moves].slice(0, MAX_PAST_MOVES);
  }

  /** Another QEMU may stand behind the socket, to which nothing was commanded. */
  disconnected(): void {
    this.#targetBytes = undefined;
    this.#failure = undefined;
    this.#foreign = noForeignMoves();
  }

  /** The guest boots anew: QEMU empties the balloon by itself. */
  bootedAnew(): void {
    this.#foreign = noForeignMoves();
  }

  /**
   * Takes in a size that is not older than the one known. `deflatesItself`: whether the guest may take memory back unasked; absent:
   * unknown. True when this shows for the first time that another program moves the balloon.
   */
  sawActual(actualBytes: number, atMs: number, deflatesItself?: boolean): boolean {
    if (atMs < this.#actualAtMs) return false;
    const moved = this.#actualBytes !== actualBytes;
    if (moved) this.#movedAtMs = atMs;
    this.#actualBytes = actualBytes;
    this.#actualAtMs = atMs;
    if (this.#other !== undefined) {
      if (moved) this.#other = { ...this.#other, sizeBytes: actualBytes, movedAtMs: atMs };
      return false;
    }
    // What was read before the last command says nothing about its target.
    if (atMs < this.#commandedAtMs) return false;
    this.#foreign = watchForeignMoves(this.#foreign, {
      actualBytes,
      targetBytes: this.#targetBytes,
      mayDeflate: deflatesItself !== false,
    });
    if (!this.#foreign.isForeign) return false;
    this.#other = { sinceMs: atMs, sizeBytes: actualBytes, movedAtMs: atMs };
    // What it was sent last is void: the other's target stands in QEMU now.
    this.#targetBytes = undefined;
    return true;
  }

  /** Memory was plugged or unplugged: what is in the balloon stays there, so all sizes move by `changeBytes`. */
  resized(changeBytes: number, atMs: number): void {
    if (this.#actualBytes !== undefined) this.#actualBytes += changeBytes;
    if (this.#targetBytes !== undefined) this.#targetBytes += changeBytes;
    if (this.#other !== undefined)
      this.#other = { ...this.#other, sizeBytes: this.#other.sizeBytes + changeBytes };
    this.#movedAtMs = atMs;
    this.#foreign = noForeignMoves();
  }

  /** Names who the other controller may be. */
  suspect(suspect: string): void {
    if (this.#other !== undefined) this.#other = { ...this.#other, suspect };
  }

  /** Whether the other controller has been quiet for so long that the balloon is ours again. */
  isOtherGone(nowMs: number): boolean {
    return this.#other !== undefined && nowMs - this.#other.movedAtMs >= QUIET_MS;
  }

  /** The balloon is ours again: the admin said so, or the other has gone. */
  reclaim(): void {
    this.#other = undefined;
    this.#foreign = noForeignMoves();
  }
}
