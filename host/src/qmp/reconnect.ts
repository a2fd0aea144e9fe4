/** Keeps one QMP connection alive: connects, waits for its end, tries again with growing, jittered pauses. */

import { LONGEST_PAUSE_MS, pauseMs } from "../timing/backoff.ts";
import { deferred } from "../timing/deferred.ts";
import type { Timers } from "../timing/timers.ts";
import type { QmpClient } from "./client.ts";
import { QmpError } from "./errors.ts";
import type { QmpGreeting } from "./message.ts";

export interface ReconnectOptions {
  /** A new client for the next attempt. */
  readonly newClient: () => QmpClient;
  readonly timers: Timers;
  /** 0…1, spreads the attempts of many guests. */
  readonly random: () => number;
  readonly onUp: (client: QmpClient, greeting: QmpGreeting) => void;
  /** The connection ended or could not be made. */
  readonly onDown: (why: QmpError) => void;
}

/** Runs until {@link stop}. */
export class Reconnector {
  /** Resolves when the first attempt ended, well or not. */
  readonly firstAttempt: Promise<void>;
  readonly #options: ReconnectOptions;
  readonly #firstAttempt = deferred<void>();
  readonly #ended: Promise<void>;
  #client: QmpClient | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;

  constructor(options: ReconnectOptions) {
    this.#options = options;
    this.firstAttempt = this.#firstAttempt.promise;
    this.#ended = this.#run();
  }

  /** Ends the connection as {@link QmpClient.close} does, and makes no new one. */
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
      if (!(error instanceof QmpError)) throw error;
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
