/** The broker's connection to libvirt: kept alive, shared by all domains, its events handed out. */
import { existsSync } from "node:fs";
import type { Log } from "../model/adapters.ts";
import { Reconnector } from "../timing/reconnector.ts";
import { systemTimers, type Timers } from "../timing/timers.ts";
import type { LibvirtAddress } from "./address.ts";
import { CallGate } from "./rpc/call-gate.ts";
import { type ClientOptions, LibvirtClient } from "./rpc/client.ts";
import { ClientPool } from "./rpc/client-pool.ts";
import { registerEvents } from "./rpc/domains.ts";
import { LibvirtError, LibvirtStateError } from "./rpc/errors.ts";
import { type DomainEvent, decodeEvent } from "./rpc/events.ts";
import type { Caller, CallOptions, Procedure } from "./rpc/procedures.ts";

export interface ConnectionOptions {
  readonly address: LibvirtAddress;
  readonly log: Log;
  readonly timers?: Timers;
  /** 0…1, spreads reconnections. */
  readonly random?: () => number;
  readonly callDeadlineMs?: number;
  readonly openDeadlineMs?: number;
}

/** What the connection tells. */
export interface ConnectionListener {
  /** It is there: events missed meanwhile are not made up for. */
  onUp?(): void;
  /** It ended, or could not be made; `problem` is for the admin. Told once for each new problem. */
  onDown?(problem: string): void;
  onEvent?(event: DomainEvent): void;
}

/** Connects at once and keeps trying until `close`. */
export class LibvirtConnection implements Caller {
  readonly #options: ConnectionOptions;
  readonly #reconnector: Reconnector<LibvirtClient, void, LibvirtError>;
  readonly #listeners = new Set<ConnectionListener>();
  readonly #domainListeners = new Map<string, Set<ConnectionListener>>();
  /** That of the present connection, and of those that are added to it. */
  #gate = new CallGate();
  #pool: ClientPool | undefined;
  #problem = "not connected to libvirt yet";
  #attempts = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const timers = options.timers ?? systemTimers();
    this.#reconnector = new Reconnector<LibvirtClient, void, LibvirtError>({
      newClient: () => this.#newClient(timers),
      isFailure: (error) => error instanceof LibvirtError,
      timers,
      random: options.random ?? Math.random,
      onUp: (client) => this.#onUp(client),
      onDown: (why) => this.#onDown(why),
    });
  }

  /** Resolves when the first attempt to connect ended, well or not. */
  get firstAttempt(): Promise<void> {
    return this.#reconnector.firstAttempt;
  }

  /** Whether there is a socket of libvirt at all. */
  get isInstalled(): boolean {
    return this.#options.address.socketPaths.some((path) => existsSync(path));
  }

  /** Why libvirt cannot be called, in words; absent: it can. */
  get problem(): string | undefined {
    return this.#pool === undefined ? this.#problem : undefined;
  }

  /** Whether libvirt owes an answer about a domain past its deadline. */
  isHung(uuid: string): boolean {
    return this.#pool?.isHung(uuid) ?? false;
  }

  async call<Args, Reply>(
    procedure: Procedure<Args, Reply>,
    args: Args,
    options?: CallOptions,
  ): Promise<Reply> {
    if (this.#pool === undefined) throw new LibvirtStateError(`call "${procedure.name}"`, this.#problem);
    return this.#pool.call(procedure, args, options);
  }

  /** Follows all domains; the returned function ends it. */
  follow(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows the connection and the events of one domain; the returned function ends it. */
  followDomain(uuid: string, listener: ConnectionListener): () => void {
    const listeners = this.#domainListeners.get(uuid) ?? new Set();
    this.#domainListeners.set(uuid, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#domainListeners.get(uuid) === listeners)
        this.#domainListeners.delete(uuid);
    };
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    await this.#reconnector.stop();
    this.#pool = undefined;
    this.#problem = "closed";
  }

  #newClient(timers: Timers): LibvirtClient {
    const { socketPaths } = this.#options.address;
    const existing = socketPaths.filter((path) => existsSync(path));
    const candidates = existing.length > 0 ? existing : socketPaths;
    // A socket that is left behind refuses: the next attempt takes the next one.
    const path = candidates[this.#attempts % candidates.length] ?? "";
    this.#attempts += 1;
    this.#gate = new CallGate();
    return new LibvirtClient({
      ...this.#clientOptions(path, timers),
      onOpened: registerEvents,
      onEvent: (procedure, payload) => this.#onEvent(decodeEvent(procedure, payload)),
    });
  }

  #clientOptions(path: string, timers: Timers): ClientOptions {
    const { address, callDeadlineMs, openDeadlineMs } = this.#options;
    return {
      path,
      uri: address.uri,
      timers,
      gate: this.#gate,
      ...(callDeadlineMs !== undefined && { callDeadlineMs }),
      ...(openDeadlineMs !== undefined && { openDeadlineMs }),
    };
  }

  #onUp(client: LibvirtClient): void {
    const timers = this.#options.timers ?? systemTimers();
    this.#pool = new ClientPool({
      first: client,
      gate: this.#gate,
      newClient: () => new LibvirtClient(this.#clientOptions(client.path, timers)),
      timers,
      onFailure: (why) => this.#options.log.warn({ code: why.code }, why.inWords),
    });
    // It goes on with the socket that answered.
    this.#attempts -= 1;
    this.#options.log.info({ libvirt: client.path }, "connected to libvirt");
    for (const listener of this.#everyone()) listener.onUp?.();
  }

  #onDown(why: LibvirtError): void {
    const problem = why.inWords;
    const isNews = this.#pool !== undefined || problem !== this.#problem;
    void this.#pool?.close();
    this.#pool = undefined;
    this.#problem = problem;
    if (!isNews) return;
    this.#options.log.debug({ code: why.code }, problem);
    for (const listener of this.#everyone()) listener.onDown?.(problem);
  }

  #onEvent(event: DomainEvent | undefined): void {
    if (event === undefined) return;
    for (const listener of this.#listeners) listener.onEvent?.(event);
    for (const listener of this.#domainListeners.get(event.uuid) ?? []) listener.onEvent?.(event);
  }

  #everyone(): ConnectionListener[] {
    return [...this.#listeners, ...[...this.#domainListeners.values()].flatMap((some) => [...some])];
  }
}
