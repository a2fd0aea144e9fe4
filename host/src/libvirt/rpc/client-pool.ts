/**
 * Connections to one libvirtd: the first brings the events, and calls spread over more of them while QEMUs hang. A call about a domain whose
 * QEMU hangs stays outstanding, and libvirtd reads no more from a client that has five of them.
 */
import { systemTimers, type Timers } from "../../timing/timers.ts";
import type { LibvirtClient } from "./client.ts";
import { LibvirtBusyError, type LibvirtError } from "./errors.ts";
import type { Caller, CallOptions, Procedure } from "./procedures.ts";

/** A connection with so many overdue calls takes no new ones: two of its four places are left for what is under way. */
export const FULL_OF_HUNG = 2;
/**
 * libvirtd has twenty threads for all clients' calls (`max_workers` in libvirtd.conf), and each overdue call keeps one. Eight stay for others,
 * such as `virsh`.
 */
export const MOST_HUNG = 12;
/** A connection that could not be made is not tried again at once. */
const RETRY_MS = 5_000;

export interface ClientPoolOptions {
  /** Connected, with events. Ends by itself. */
  readonly first: LibvirtClient;
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
    const hung = this.#hung();
    const client = this.#clientFor(key) ?? (hung < MOST_HUNG ? this.#options.first : undefined);
    if (client === undefined) throw new LibvirtBusyError(procedure.name, hung);
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
      (this.#hung() < MOST_HUNG ? this.#clients.find(({ hung }) => hung < FULL_OF_HUNG) : undefined)
    );
  }

  #hung(): number {
    return this.#clients.reduce((sum, { hung }) => sum + hung, 0);
  }

  /** One at a time. Never rejects. */
  async #open(): Promise<void> {
    const isDue = this.#timers.nowMs() >= this.#retryAtMs && this.#hung() < MOST_HUNG && !this.#isClosed;
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

  /** More than one is open only while calls are overdue. */
  #closeSpare(): void {
    if (this.#clients.length === 1 || this.#hung() > 0) return;
    for (const client of this.#clients.slice(1)) {
      if (!client.isIdle) continue;
      this.#forget(client);
      void client.close();
    }
  }
}
