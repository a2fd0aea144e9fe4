/** Commands that QEMU owes an answer: each ends exactly once, by its reply, its deadline, or the connection's end. */

import type { Timers } from "../timing/timers.ts";
import { type QmpError, QmpTimeoutError } from "./errors.ts";

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: QmpError };

interface Entry {
  readonly command: string;
  readonly sentAtMs: number;
  readonly deadlineMs: number;
  readonly settle: (outcome: Outcome) => void;
  /** The caller was told of a timeout; the reply, should it come, is swallowed. */
  overdue: boolean;
}

/** The outstanding commands by id. Ids are made here and never used twice. */
export class PendingCommands {
  readonly #timers: Timers;
  readonly #onDeadline: () => void;
  readonly #entries = new Map<number, Entry>();
  #lastId = 0;
  #lateReplies = 0;
  /** One timer for all: a thousand guests are asked five questions each second. */
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  /** `onDeadline` is called after a command ran out of time. */
  constructor(timers: Timers, onDeadline: () => void) {
    this.#timers = timers;
    this.#onDeadline = onDeadline;
  }

  /** Adds a command and returns its id. `settle` is called once, synchronously with what ends it. */
  add(command: string, deadlineMs: number, settle: (outcome: Outcome) => void): number {
    this.#lastId += 1;
    const sentAtMs = this.#timers.nowMs();
    this.#entries.set(this.#lastId, { command, sentAtMs, deadlineMs, settle, overdue: false });
    this.#wakeAt(sentAtMs + deadlineMs);
    return this.#lastId;
  }

  /** The command that `id` stands for, when its answer is still owed. */
  commandOf(id: unknown): string | undefined {
    return typeof id === "number" ? this.#entries.get(id)?.command : undefined;
  }

  /** Ends the command with its reply; a late reply only clears the book. */
  finish(id: number, outcome: Outcome): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    if (this.#entries.size === 0) this.#stopTimer();
    if (entry.overdue) this.#lateReplies += 1;
    else entry.settle(outcome);
  }

  /** Ends every command that is left: the connection is gone. */
  endAll(errorFor: (command: string) => QmpError): void {
    for (const id of [...this.#entries.keys()]) {
      this.finish(id, { ok: false, error: errorFor(this.commandOf(id) ?? "") });
    }
  }

  /** How many answers QEMU owes, late ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** How many callers still wait. */
  get awaited(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (!entry.overdue) count += 1;
    return count;
  }

  /** Whether a command is past its deadline and still unanswered. */
  get overdue(): boolean {
    return this.awaited < this.size;
  }

  /** Since when the oldest answer is owed, in milliseconds; 0 when none is. */
  get silentMs(): number {
    for (const entry of this.#entries.values()) return this.#timers.nowMs() - entry.sentAtMs;
    return 0;
  }

  /** Replies that came after their deadline. */
  get lateReplies(): number {
    return this.#lateReplies;
  }

  /** The timer runs out at this moment, or sooner. */
  #wakeAt(dueAtMs: number): void {
    if (dueAtMs >= this.#timerAtMs) return;
    this.#stopTimer();
    this.#timerAtMs = dueAtMs;
    this.#cancelTimer = this.#timers.after(dueAtMs - this.#timers.nowMs(), () => this.#expire());
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }

  /** Ends what is past its deadline, and waits for what is next. */
  #expire(): void {
    this.#stopTimer();
    for (const entry of [...this.#entries.values()]) {
      if (entry.overdue) continue;
      const dueAtMs = entry.sentAtMs + entry.deadlineMs;
      if (dueAtMs > this.#timers.nowMs()) this.#wakeAt(dueAtMs);
      else this.#endLate(entry);
    }
  }

  #endLate(entry: Entry): void {
    entry.overdue = true;
    entry.settle({ ok: false, error: new QmpTimeoutError(entry.command, entry.deadlineMs) });
    this.#onDeadline();
  }
}
