/** Keeps one connection alive: connects, waits for its end, tries again with growing, jittered pauses. */
import { LONGEST_PAUSE_MS, pauseMs } from "./backoff.ts";
import { deferred } from "./deferred.ts";
import type { Timers } from "./timers.ts";

/** One connection from beginning to end. */
export interface Connection<Greeting, Failure extends Error> {
  /** Rejects with a `Failure`, after which `closed` resolves. */
  connect(): Promise<Greeting>;
  /** Resolves when it has ended, with the reason; `undefined` when {@link close} asked for it. */
  readonly closed: Promise<Failure | undefined>;
  close(): Promise<void>;
}

export interface ReconnectOptions<
  Client extends Connection<Greeting, Failure>,
  Greeting,
  Failure extends Error,
> {
  /** A new client for the next attempt. */
  readonly newClient: () => Client;
  /** Whether an error tells that a connection failed; any other is a fault of the program. */
  readonly isFailure: (error: unknown) => error is Failure;
  readonly timers: Timers;
  /** 0…1, spreads the attempts of many guests. */
  readonly random: () => number;
  readonly onUp: (client: Client, greeting: Greeting) => void;
  /** The connection ended or could not be made. */
  readonly onDown: (why: Failure) => void;
}

/** Runs until {@link stop}. */
export class Reconnector<Client extends Connection<Greeting, Failure>, Greeting, Failure extends Error> {
  /** Resolves when the first attempt ended, well or not. */
  readonly firstAttempt: Promise<void>;
  readonly #options: ReconnectOptions<Client, Greeting, Failure>;
  readonly #firstAttempt = deferred<void>();
  readonly #ended: Promise<void>;
  #client: Client | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;

  constructor(options: ReconnectOptions<Client, Greeting, Failure>) {
    this.#options = options;
    this.firstAttempt = this.#firstAttempt.promise;
    this.#ended = this.#run();
  }

  /** Ends the connection as its `close` does, and makes no new one. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#client?.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      const startedAtMs = this.#options.timers.nowMs();
      await this.#attempt();
      // A peer that accepts and hangs up at once must not be called four times a second for ever.
      const lastedMs = this.#options.timers.nowMs() - startedAtMs;
      failures = lastedMs > LONGEST_PAUSE_MS ? 0 : failures + 1;
      if (!this.#stopping) await this.#pause(pauseMs(Math.max(0, failures - 1), this.#options.random()));
    }
  }

  /** One connection from its beginning to its end. */
  async #attempt(): Promise<void> {
    const client = this.#options.newClient();
    this.#client = client;
    try {
      const greeting = await client.connect();
      this.#options.onUp(client, greeting);
      this.#firstAttempt.resolve();
      const why = await client.closed;
      if (why !== undefined && !this.#stopping) this.#options.onDown(why);
    } catch (error) {
      if (!this.#options.isFailure(error)) throw error;
      if (!this.#stopping) this.#options.onDown(error);
      this.#firstAttempt.resolve();
      await client.closed;
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
