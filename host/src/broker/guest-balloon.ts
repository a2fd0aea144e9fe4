/** What the broker knows of one guest's balloon: its target, its size, and whether another program moves it. */
import type { OtherController } from "../model/guest.ts";
import type { Reason } from "../model/plan.ts";
import { type ForeignWatch, noForeignMoves, watchForeignMoves } from "./foreign-moves.ts";

/** A past move; times are on the wall clock. */
export interface PastMove {
  readonly atMs: number;
  /** Undefined: not known. */
  readonly fromBytes?: number;
  readonly toBytes: number;
  readonly reason: Reason;
}

/** The last command's failure. No command is sent for a while after it. */
export interface CommandFailure {
  readonly problem: string;
  readonly failures: number;
  readonly retryAtMs: number;
}

/** After a failed command the next one waits for this time, which doubles with each failure. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 60_000;
const MAX_PAST_MOVES = 50;
/** Another controller that has not moved the balloon for this long is gone. KSM is left alone for the same time. */
const QUIET_MS = 30 * 60_000;

export class GuestBalloon {
  #targetBytes: number | undefined;
  #commandedAtMs = Number.NEGATIVE_INFINITY;
  #failure: CommandFailure | undefined;
  #nudgedAtMs = Number.NEGATIVE_INFINITY;
  #actualBytes: number | undefined;
  #actualAtMs = 0;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #doubtedSinceMs: number | undefined;
  #moves: readonly PastMove[] = [];
  #foreign: ForeignWatch = noForeignMoves();
  #other: (OtherController & { readonly movedAtMs: number }) | undefined;

  /** The last target sent to QEMU. Undefined: none was sent, or its effect is unknown. */
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

  /** When the balloon was last moved only to learn its size. */
  get nudgedAtMs(): number {
    return this.#nudgedAtMs;
  }

  /** The newest size, from a reply or an event. */
  get actualBytes(): number | undefined {
    return this.#actualBytes;
  }

  /** When QEMU reported it. */
  get actualAtMs(): number {
    return this.#actualAtMs;
  }

  /** Since when the newest size may be that of an earlier boot, after which the guest has all of its memory. Undefined: it is of this boot. */
  get sizeDoubtedSinceMs(): number | undefined {
    return this.#doubtedSinceMs;
  }

  /** When the size last changed. */
  get movedAtMs(): number {
    return this.#movedAtMs;
  }

  /** Newest first, bounded. */
  get moves(): readonly PastMove[] {
    return this.#moves;
  }

  /** Undefined: no other program moves it. */
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

  /** QEMU has acknowledged a command. */
  accepted(): void {
    this.#failure = undefined;
  }

  /** The command's effect is unknown. Nothing is assumed until the next observation. */
  doubt(targetBytes: number): void {
    if (this.#targetBytes === targetBytes) this.#targetBytes = undefined;
  }

  /** QEMU refused a command or did not reply: the next one waits. */
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

  /** Another QEMU process may serve the socket now: nothing was sent to it. */
  disconnected(): void {
    this.#targetBytes = undefined;
    this.#failure = undefined;
    this.#foreign = noForeignMoves();
  }

  /** Another process may have taken the guest's place: until QEMU tells a newer size, none is known. */
  doubtSize(atMs: number): void {
    if (this.#actualBytes !== undefined) this.#doubtedSinceMs ??= atMs;
  }

  /** The guest boots again: QEMU empties the balloon by itself. */
  bootedAnew(): void {
    this.#foreign = noForeignMoves();
  }

  /**
   * Takes in a size that is not older than the known one. `deflatesItself`: whether the guest may take memory back by itself; undefined:
   * unknown. Returns true if this shows for the first time that another program moves the balloon.
   */
  sawActual(actualBytes: number, atMs: number, deflatesItself?: boolean): boolean {
    if (atMs < this.#actualAtMs) return false;
    if (atMs >= (this.#doubtedSinceMs ?? atMs)) this.#doubtedSinceMs = undefined;
    const moved = this.#actualBytes !== actualBytes;
    if (moved) this.#movedAtMs = atMs;
    this.#actualBytes = actualBytes;
    this.#actualAtMs = atMs;
    if (this.#other !== undefined) {
      if (moved) this.#other = { ...this.#other, sizeBytes: actualBytes, movedAtMs: atMs };
      return false;
    }
    // A size that was read before the last command says nothing about that command's target.
    if (atMs < this.#commandedAtMs) return false;
    this.#foreign = watchForeignMoves(this.#foreign, {
      actualBytes,
      targetBytes: this.#targetBytes,
      mayDeflate: deflatesItself !== false,
    });
    if (!this.#foreign.isForeign) return false;
    this.#other = { sinceMs: atMs, sizeBytes: actualBytes, movedAtMs: atMs };
    // QEMU now has the other program's target, so the broker's last target no longer holds.
    this.#targetBytes = undefined;
    return true;
  }

  /** Memory was plugged or unplugged. The balloon keeps what it has, so all sizes change by `changeBytes`. */
  resized(changeBytes: number, atMs: number): void {
    if (this.#actualBytes !== undefined) this.#actualBytes += changeBytes;
    if (this.#targetBytes !== undefined) this.#targetBytes += changeBytes;
    if (this.#other !== undefined)
      this.#other = { ...this.#other, sizeBytes: this.#other.sizeBytes + changeBytes };
    this.#movedAtMs = atMs;
    this.#foreign = noForeignMoves();
  }

  /** Names the program that may be the other controller. */
  suspect(suspect: string): void {
    if (this.#other !== undefined) this.#other = { ...this.#other, suspect };
  }

  /** Whether the other controller has been quiet for so long that the broker takes the balloon back. */
  isOtherGone(nowMs: number): boolean {
    return this.#other !== undefined && nowMs - this.#other.movedAtMs >= QUIET_MS;
  }

  /** The broker takes the balloon back: the admin commanded it, or the other controller is gone. */
  reclaim(): void {
    this.#other = undefined;
    this.#foreign = noForeignMoves();
  }
}
