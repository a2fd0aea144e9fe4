/** Carries out the session machine's effects: it sends, calls the listener and keeps the timer. It knows no transport. */
import { encodeEnvelope, type GoodbyeReason, type TuningSettings } from "@ballast/proto";
import type { AgentListener, Clock, HostMessage } from "../model/adapters.ts";
import type { AgentFacts } from "../model/guest.ts";
import type { Timers } from "../timing/timers.ts";
import type { SessionCounters } from "./session-counters.ts";
import { HostSessionMachine, type SessionEffect } from "./session-machine.ts";

export interface AgentSessionOptions {
  readonly clock: Clock;
  readonly timers: Pick<Timers, "after">;
  readonly listener: AgentListener;
  readonly tuning: TuningSettings;
  readonly staleAfterMs: number;
  readonly newSessionId: () => string;
  readonly silenceHint: string;
  /** Sends one envelope; a `courtesy` may be dropped while the channel is full. */
  readonly send: (envelope: Uint8Array, courtesy: boolean) => void;
}

export class AgentSession {
  readonly #options: AgentSessionOptions;
  readonly #machine: HostSessionMachine;
  #armed: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: AgentSessionOptions) {
    this.#options = options;
    const { listener } = options;
    this.#machine = new HostSessionMachine({
      ...options,
      fullBytes: () => listener.fullBytes(),
      uncountedBytes: () => listener.uncountedBytes(),
    });
  }

  get counters(): Readonly<SessionCounters> {
    return this.#machine.counters;
  }

  facts(): Omit<AgentFacts, "transport"> {
    return this.#machine.facts(this.#options.clock.nowMs());
  }

  opened(): void {
    this.#machine.open(this.#options.clock.nowMs());
    this.#arm();
  }

  closed(): void {
    this.#machine.close();
    this.#armed?.cancel();
    this.#armed = undefined;
  }

  /** One envelope of the guest; the listener is called before this returns. */
  receive(untrustedEnvelope: Uint8Array): void {
    this.#run(this.#machine.receive(untrustedEnvelope, this.#options.clock.nowMs()));
    this.#arm();
  }

  /** Bytes of the stream that belong to no frame. */
  noise(bytes: number): void {
    this.#run(this.#machine.noise(bytes, this.#options.clock.nowMs()));
  }

  send(message: HostMessage): void {
    this.#run(this.#machine.tell(message));
  }

  farewell(reason: GoodbyeReason): void {
    this.#run(this.#machine.farewell(reason));
  }

  #run(effects: readonly SessionEffect[]): void {
    const { listener, send } = this.#options;
    for (const effect of effects) {
      if (effect.kind === "demand") listener.onDemand(effect.demand);
      else if (effect.kind === "send") send(encodeEnvelope(effect.envelope), effect.courtesy);
      else if (effect.kind === "report") listener.onReport(effect.report);
      else if (effect.kind === "boot") listener.onBoot(effect.bootId);
      else if (effect.kind === "size-doubted") listener.onSizeDoubted();
      else listener.onSession(effect.level, effect.text);
    }
  }

  /** Each frame moves the deadline. The timer is not set anew each time: if it fires too early, it waits again. */
  #arm(): void {
    const deadlineMs = this.#machine.deadlineMs();
    if (deadlineMs === undefined || (this.#armed !== undefined && this.#armed.atMs <= deadlineMs)) return;
    this.#armed?.cancel();
    const delayMs = Math.max(0, deadlineMs - this.#options.clock.nowMs());
    const cancel = this.#options.timers.after(delayMs, () => {
      this.#armed = undefined;
      this.#run(this.#machine.wake(this.#options.clock.nowMs()));
      this.#arm();
    });
    this.#armed = { atMs: deadlineMs, cancel };
  }
}
