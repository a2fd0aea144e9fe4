/** The host's end of one guest's virtio-serial port: a client of the unix socket of QEMU's chardev. */
import { randomBytes } from "node:crypto";
import { encodeFrame } from "@ballast/proto";
import type { AgentListener, Clock, HostMessage, Log } from "../model/adapters.ts";
import type { AgentFacts } from "../model/guest.ts";
import { pauseMs } from "../timing/backoff.ts";
import { systemTimers, type Timers } from "../timing/timers.ts";
import type { AgentChannel, ChannelCounters, ChannelSettings } from "./agent-channel.ts";
import { AgentSession } from "./agent-session.ts";
import { ChannelConnection } from "./channel-connection.ts";
import { FLOOD_PROBLEM, SILENCE_HINT } from "./channel-problems.ts";

/** After a connection that lasted this long or carried a frame, the next attempt comes soon. */
const GOOD_CONNECTION_MS = 5_000;
/** The number of failures after which the pause grows no further. */
const MANY_FAILURES = 10;

export interface AgentChannelOptions extends ChannelSettings {
  /** Path of the chardev's unix socket. */
  readonly path: string;
  readonly guestName: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: AgentListener;
  /** 0…1, spreads the attempts of many guests. */
  readonly random?: () => number;
  readonly newSessionId?: () => string;
  readonly timers?: Pick<Timers, "after">;
}

/** Connects to the guest's channel, again and again until closed. `facts().problem` and `onSession` tell what is wrong. */
export function createAgentChannel(options: AgentChannelOptions): AgentChannel {
  return new VirtioChannel(options);
}

class VirtioChannel implements AgentChannel {
  readonly #options: AgentChannelOptions;
  readonly #timers: Pick<Timers, "after">;
  readonly #session: AgentSession;
  #connection: ChannelConnection | undefined;
  #connectedAtMs = 0;
  #closing = false;
  #failures = 0;
  #problem: string | undefined;
  /** What was told last, with what it was made of. */
  #facts:
    | { readonly session: object; readonly problem: string | undefined; readonly facts: AgentFacts }
    | undefined;
  #toldProblem: string | undefined;
  #discardedBytes = 0;
  #unsentMessages = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(options: AgentChannelOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers();
    this.#session = new AgentSession({
      ...options,
      timers: this.#timers,
      newSessionId: options.newSessionId ?? (() => randomBytes(8).toString("hex")),
      silenceHint: SILENCE_HINT,
      send: (envelope, courtesy) => this.#send(envelope, courtesy),
    });
    this.#connect();
  }

  facts(): AgentFacts {
    const session = this.#session.facts();
    const last = this.#facts;
    if (last?.session === session && last.problem === this.#problem) return last.facts;
    const facts: AgentFacts = { ...session, transport: "virtio-serial" };
    const problem = this.#problem;
    this.#facts = {
      ...{ session, problem },
      facts: problem === undefined ? facts : { ...facts, problem },
    };
    return this.#facts.facts;
  }

  counters(): ChannelCounters {
    const discardedBytes = this.#discardedBytes + (this.#connection?.discardedBytes ?? 0);
    return { ...this.#session.counters, discardedBytes, unsentMessages: this.#unsentMessages };
  }

  send(message: HostMessage): void {
    this.#session.send(message);
  }

  /** Sends a Goodbye, then closes. A guest that does not read cannot delay it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelRetry?.();
    this.#session.farewell("shutdown");
    await this.#connection?.close();
  }

  #send(envelope: Uint8Array, courtesy: boolean): void {
    if (!this.#connection?.send(encodeFrame(envelope), courtesy)) this.#unsentMessages++;
  }

  #connect(): void {
    const { path, clock } = this.#options;
    this.#connectedAtMs = clock.nowMs();
    let heard = false;
    this.#connection = new ChannelConnection(path, clock, this.#timers, {
      onOpen: () => {
        // Only a frame ends the noise, not a channel that opens again.
        if (this.#problem !== FLOOD_PROBLEM) this.#problem = undefined;
        this.#session.opened();
      },
      onFrame: (untrustedEnvelope) => {
        heard = true;
        this.#problem = undefined;
        this.#toldProblem = undefined;
        this.#session.receive(untrustedEnvelope);
      },
      onNoise: (bytes) => this.#session.noise(bytes),
      onClose: (problem) => this.#onClose(problem, heard),
    });
  }

  #onClose(problem: string, heard: boolean): void {
    const { clock, guestName, listener, log } = this.#options;
    const discardedBytes = this.#connection?.discardedBytes ?? 0;
    this.#discardedBytes += discardedBytes;
    this.#connection = undefined;
    this.#session.closed();
    log.debug({ guest: guestName, discardedBytes, problem }, "agent channel closed");
    if (this.#closing) return;
    this.#problem = problem;
    if (problem !== this.#toldProblem) listener.onSession("warn", problem);
    this.#toldProblem = problem;
    const good = heard || clock.nowMs() - this.#connectedAtMs > GOOD_CONNECTION_MS;
    this.#retry(problem === FLOOD_PROBLEM ? MANY_FAILURES : good ? 0 : this.#failures + 1);
  }

  #retry(failures: number): void {
    this.#failures = failures;
    const delayMs = pauseMs(Math.max(0, failures - 1), (this.#options.random ?? Math.random)());
    this.#cancelRetry = this.#timers.after(delayMs, () => this.#connect());
  }
}
