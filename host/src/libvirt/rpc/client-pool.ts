/**
 * Connections to one libvirtd: the first brings the events, and calls spread over more of them while QEMUs hang. A call about a domain whose
 * QEMU hangs stays outstanding, and libvirtd reads no more from a client that has five of them.
 */
import { systemTimers, type Timers } from "../../timing/timers.ts";
import type { CallGate } from "./call-gate.ts";
import type { LibvirtClient } from "./client.ts";
import { LibvirtBusyError, type LibvirtError } from "./errors.ts";
import type { Caller, CallOptions, Procedure } from "./procedures.ts";

/** A connection with so many stuck calls takes no new ones: two of its four places are left for what is under way. */
export const FULL_OF_STUCK = 2;
/** libvirtd has twenty threads for all clients' calls (`max_workers`), and each stuck call keeps one. Eight stay for others, such as `virsh`. */
export const MOST_STUCK = 12;
/** A connection that could not be made is not tried again at once. */
const RETRY_MS = 5_000;

export interface ClientPoolOptions {
  /** Connected, with events. Ends by itself. */
  readonly first: LibvirtClient;
  /** That of all clients here. */
  readonly gate: CallGate;
  /** A client for calls alone, not yet connected. */
  readonly newClient: () => LibvirtClient;
  readonly timers?: Timers;
  /** One more connection could not be made; told once for each attempt. */
  readonly onFailure: (why: LibvirtError) => void;
}

export class ClientPool implements Caller {
  readonly #options: ClientPoolOptions;
  readonly #timers: Timers;
  readonly #clients: LibvirtClient[];
  #opening: Promise<void> | undefined;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: ClientPoolOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers();
    this.#clients = [options.first];
  }

  /** Whether an answer about `key` is past its deadline. */
  isHung(key: string): boolean {
    return this.#clients.some((client) => client.isHung(key));
  }

  /** Connections that are open. */
  get size(): number {
    return this.#clients.length;
  }

  async call<Args, Reply>(
    procedure: Procedure<Args, Reply>,
    args: Args,
    options: CallOptions = {},
  ): Promise<Reply> {
    const { key = "" } = options;
    if (this.#clientFor(key) === undefined) await this.#open();
    const { first, gate } = this.#options;
    const client = this.#clientFor(key) ?? (gate.stuck < MOST_STUCK ? first : undefined);
    if (client === undefined) throw new LibvirtBusyError(procedure.name, gate.stuck);
    try {
      return await client.call(procedure, args, options);
    } finally {
      this.#closeSpare();
    }
  }

  /** Ends all but the first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    await Promise.all(this.#clients.splice(1).map((client) => client.close()));
  }

  /** Calls with one key go one after the other, so they keep to one connection. */
  #clientFor(key: string): LibvirtClient | undefined {
    return (
      this.#clients.find((client) => client.isAbout(key)) ??
      (this.#options.gate.stuck < MOST_STUCK
        ? this.#clients.find(({ stuck }) => stuck < FULL_OF_STUCK)
        : undefined)
    );
  }

  /** One at a time. Never rejects. */
  async #open(): Promise<void> {
    const isDue =
      this.#timers.nowMs() >= this.#retryAtMs && this.#options.gate.stuck < MOST_STUCK && !this.#isClosed;
    if (this.#opening === undefined && isDue)
      this.#opening = this.#connect().finally(() => {
        this.#opening = undefined;
      });
    await this.#opening;
  }

  async #connect(): Promise<void> {
    const client = this.#options.newClient();
    try {
      await client.connect();
    } catch (error) {
      this.#retryAtMs = this.#timers.nowMs() + RETRY_MS;
      this.#options.onFailure(error as LibvirtError);
      return;
    }
    this.#clients.push(client);
    void client.closed.then(() => this.#forget(client));
  }

  #forget(client: LibvirtClient): void {
    const at = this.#clients.indexOf(client);
    if (at > 0) this.#clients.splice(at, 1);
  }

  /** More than one is open only while calls are stuck. */
  #closeSpare(): void {
    if (this.#clients.length === 1 || this.#options.gate.stuck > 0) return;
    for (const client of this.#clients.slice(1)) {
      if (!client.isIdle) continue;
      this.#forget(client);
      void client.close();
    }
  }
}
