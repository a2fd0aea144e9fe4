/** When the next tick begins: at a steady pace, sooner when asked, never two at a time. */
import type { Clock } from "../model/adapters.ts";

/** Runs a tick again and again until stopped. */
export class TickScheduler {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #tick: () => Promise<number>;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** `tick` must not reject; it resolves with the longest time to the next one, in milliseconds. */
  constructor(clock: Pick<Clock, "nowMs">, tick: () => Promise<number>) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** Runs the first tick; resolves at its end. */
  async start(): Promise<void> {
    this.#run();
    await this.#running;
  }

  /**
   * Asks for a tick within `delayMs`. It never puts one off: who asks again and again must not keep the next one from coming.
   * Asked for during a tick, it comes after that one.
   */
  within(delayMs: number): void {
    const dueAtMs = this.#clock.nowMs() + delayMs;
    if (this.#stopped || dueAtMs >= this.#dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    clearTimeout(this.#timer);
    if (this.#running === undefined) this.#timer = setTimeout(() => this.#run(), delayMs);
  }

  /** No more ticks; resolves when the one that runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#running = this.#tick().then((longestMs) => {
      this.#running = undefined;
      const askedMs = Math.max(0, this.#dueAtMs - this.#clock.nowMs());
      this.#dueAtMs = Number.POSITIVE_INFINITY;
      this.within(Math.min(longestMs, askedMs));
    });
  }
}
