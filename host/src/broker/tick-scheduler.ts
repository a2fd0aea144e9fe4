/** When the next tick begins: at a steady pace, sooner on request, never two at a time. */
import type { Clock } from "../model/adapters.ts";

/** Runs a tick again and again until stopped. */
export class TickScheduler {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #tick: () => Promise<number>;
  readonly #leastMs: number;
  #beganAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #stopped = false;

  /**
   * `tick` must not reject. It resolves with the longest time to the next tick, in milliseconds. Two ticks begin at least `leastMs`
   * apart, whatever requests them.
   */
  constructor(clock: Pick<Clock, "nowMs">, tick: () => Promise<number>, leastMs = 0) {
    this.#clock = clock;
    this.#tick = tick;
    this.#leastMs = leastMs;
  }

  /** Runs the first tick; resolves at its end. */
  async start(): Promise<void> {
    this.#run();
    await this.#running;
  }

  /**
   * Requests a tick within `delayMs`, or as soon as one may begin. It only ever moves the next tick earlier, so repeated requests
   * cannot starve it. If a tick is under way, the requested one comes after it.
   */
  within(delayMs: number): void {
    const nowMs = this.#clock.nowMs();
    const dueAtMs = Math.max(nowMs + delayMs, this.#beganAtMs + this.#leastMs);
    if (this.#stopped || dueAtMs >= this.#dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    clearTimeout(this.#timer);
    if (this.#running === undefined) this.#timer = setTimeout(() => this.#run(), dueAtMs - nowMs);
  }

  /** Stops ticking. Resolves when the tick under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#beganAtMs = this.#clock.nowMs();
    this.#running = this.#tick().then((longestMs) => {
      this.#running = undefined;
      const askedMs = Math.max(0, this.#dueAtMs - this.#clock.nowMs());
      this.#dueAtMs = Number.POSITIVE_INFINITY;
      this.within(Math.min(longestMs, askedMs));
    });
  }
}
