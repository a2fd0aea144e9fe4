/**
 * Calls to libvirtd, each ended exactly once. libvirtd reads no more from a client that has five calls outstanding
 * (`max_client_requests`), and a call about a domain whose QEMU hangs stays outstanding: so at most four are sent, one for each domain.
 */
import type { Timers } from "../../timing/timers.ts";
import { CallGate, type GatedCalls } from "./call-gate.ts";
import {
  LibvirtBusyError,
  type LibvirtError,
  LibvirtHungError,
  LibvirtInterruptedError,
  LibvirtTimeoutError,
} from "./errors.ts";

/** One less than libvirtd's default for `max_client_requests`. */
export const MOST_OUTSTANDING = 4;
/** A look at each of a thousand guests, and a command for each. */
export const MOST_WAITING = 4096;
/** libvirt answers in about a millisecond; what takes so long may never be answered. */
export const STUCK_MS = 250;
/** A call is not sent once less than this share of its deadline is left: its domain would seem to hang. */
const LEAST_LEFT = 0.2;

export type Outcome =
  | { readonly ok: true; readonly payload: Uint8Array }
  | { readonly ok: false; readonly error: LibvirtError };

export interface Call {
  /** For messages. */
  readonly name: string;
  /** What it is about, a domain's UUID: of calls with one key at most one is outstanding. */
  readonly key: string;
  /** Goes before all that waits. */
  readonly urgent: boolean;
  readonly deadlineMs: number;
  /** Writes the call under a serial. */
  readonly send: (serial: number) => void;
  /** Called once. */
  readonly settle: (outcome: Outcome) => void;
}

interface Entry {
  readonly call: Call;
  readonly lateAtMs: number;
  cancelDeadline: () => void;
  cancelStuck: () => void;
  /** Sent, and not answered for {@link STUCK_MS}. */
  stuck: boolean;
  /** The caller was told of a timeout; the place stays taken until libvirtd answers. */
  overdue: boolean;
}

export class CallQueue implements GatedCalls {
  readonly #timers: Timers;
  readonly #gate: CallGate;
  /** Calls not yet sent, urgent ones first. */
  readonly #waiting: Entry[] = [];
  readonly #sent = new Map<number, Entry>();
  #lastSerial = 0;

  /** `gate`: shared with other connections to the same libvirtd. */
  constructor(timers: Timers, gate = new CallGate()) {
    this.#timers = timers;
    this.#gate = gate;
    gate.join(this);
  }

  /** Calls that libvirtd owes an answer. */
  get outstanding(): number {
    return this.#sent.size;
  }

  /** Whether an answer about `key` is past its deadline. */
  isHung(key: string): boolean {
    return [...this.#sent.values()].some(({ call, overdue }) => overdue && call.key === key);
  }

  /** How many answers are owed for so long that they may never come. */
  get stuck(): number {
    return [...this.#sent.values()].filter(({ stuck }) => stuck).length;
  }

  /** Whether a call about `key` waits or is outstanding. */
  isAbout(key: string): boolean {
    return [...this.#sent.values(), ...this.#waiting].some(({ call }) => call.key === key);
  }

  /** Whether nothing waits or is outstanding. */
  get isIdle(): boolean {
    return this.#sent.size + this.#waiting.length === 0;
  }

  add(call: Call): void {
    const refusal = this.#refusal(call);
    if (refusal !== undefined) {
      call.settle({ ok: false, error: refusal });
      return;
    }
    const entry: Entry = {
      call,
      lateAtMs: this.#timers.nowMs() + call.deadlineMs * (1 - LEAST_LEFT),
      stuck: false,
      overdue: false,
      cancelDeadline: () => undefined,
      cancelStuck: () => undefined,
    };
    entry.cancelDeadline = this.#timers.after(call.deadlineMs, () => this.#expire(entry));
    const behindUrgent = this.#waiting.findIndex(({ call: other }) => !other.urgent);
    this.#waiting.splice(call.urgent && behindUrgent >= 0 ? behindUrgent : this.#waiting.length, 0, entry);
    this.resume();
  }

  /** The procedure that `serial` stands for, while its answer is owed. */
  nameOf(serial: number): string | undefined {
    return this.#sent.get(serial)?.call.name;
  }

  /** An answer came. */
  finish(serial: number, outcome: Outcome): void {
    const entry = this.#sent.get(serial);
    if (entry === undefined) return;
    this.#sent.delete(serial);
    entry.cancelDeadline();
    entry.cancelStuck();
    if (!entry.overdue) entry.call.settle(outcome);
    this.#gate.freed();
  }

  /** Ends all calls: the connection is gone. */
  endAll(why: LibvirtError | undefined): void {
    const entries = [...this.#sent.values(), ...this.#waiting.splice(0)];
    this.#sent.clear();
    for (const { call, overdue, cancelDeadline, cancelStuck } of entries) {
      cancelDeadline();
      cancelStuck();
      if (!overdue) call.settle({ ok: false, error: new LibvirtInterruptedError(call.name, why) });
    }
    this.#gate.leave(this);
  }

  #refusal({ key, name }: Call): LibvirtError | undefined {
    if (this.isHung(key)) return new LibvirtHungError(name);
    const waiting = this.#waiting.length;
    return waiting >= MOST_WAITING ? new LibvirtBusyError(name, waiting) : undefined;
  }

  resume(): void {
    while (this.#sent.size < MOST_OUTSTANDING && this.#gate.isOpen) {
      const busy = new Set([...this.#sent.values()].map(({ call }) => call.key));
      const nowMs = this.#timers.nowMs();
      const at = this.#waiting.findIndex(({ call, lateAtMs }) => !busy.has(call.key) && nowMs < lateAtMs);
      const [entry] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (entry === undefined) return;
      this.#lastSerial += 1;
      this.#sent.set(this.#lastSerial, entry);
      entry.cancelStuck = this.#timers.after(STUCK_MS, () => this.#noteStuck(entry));
      entry.call.send(this.#lastSerial);
    }
  }

  #expire(entry: Entry): void {
    const { call } = entry;
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      call.settle({ ok: false, error: new LibvirtBusyError(call.name, at + this.#sent.size) });
      return;
    }
    entry.overdue = true;
    entry.stuck = true;
    call.settle({ ok: false, error: new LibvirtTimeoutError(call.name, call.deadlineMs) });
    this.#refuseBehind(call.key);
    this.#gate.freed();
  }

  #noteStuck(entry: Entry): void {
    entry.stuck = true;
    this.#gate.freed();
  }

  /** What waits behind an overdue call would wait for it in vain. */
  #refuseBehind(key: string): void {
    for (const entry of this.#waiting.filter(({ call }) => call.key === key)) {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.cancelDeadline();
      entry.call.settle({ ok: false, error: new LibvirtHungError(entry.call.name) });
    }
  }
}
