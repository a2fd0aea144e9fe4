/** Looks at a QEMU whose monitor is shared: seldom, and beside the ticks that want their result. */
import type { Clock, MonitorFacts } from "../model/adapters.ts";

/** At rest. The platform's own poll comes every ten seconds. */
const REST_MS = { least: 2_000, most: 5_000 };
/** While the balloon moves. Measured beside Proxmox's poll of 20 guests: a look a second costs its tools nothing. */
const MOVING_MS = { least: 750, most: 1_250 };
/** A look that finds the monitor taken says nothing about the guest: what was seen last stands for so long. */
const KEPT_MS = 10_000;

export interface PacedLooksOptions {
  readonly clock: Pick<Clock, "nowMs">;
  /** 0…1, spreads the looks at many guests. */
  readonly random: () => number;
}

export class PacedLooks {
  readonly #options: PacedLooksOptions;
  #facts: MonitorFacts | undefined;
  /** When `#facts` was seen. */
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: PacedLooksOptions) {
    this.#options = options;
  }

  /** What was seen last, while that is recent. */
  get recent(): MonitorFacts | undefined {
    return this.#options.clock.nowMs() - this.#seenAtMs < KEPT_MS ? this.#facts : undefined;
  }

  /**
   * Resolves with the newest facts, and looks beside that when a look is due: a tick does not wait for a monitor that is taken. Only the
   * first call waits. `look` must not reject.
   */
  async observe(look: () => Promise<MonitorFacts>): Promise<MonitorFacts> {
    if (this.#running === undefined && this.#options.clock.nowMs() >= this.#dueAtMs)
      this.#running = this.#run(look);
    if (this.#facts === undefined) await this.#running;
    return this.#facts ?? { inhibitions: ["unreachable"] };
  }

  /** The balloon begins to move, or another QEMU is there: the next look comes sooner. */
  soon(): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, this.#options.clock.nowMs() + this.#within(MOVING_MS));
  }

  /** Resolves when no look is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(look: () => Promise<MonitorFacts>): Promise<void> {
    const facts = await look();
    const { nowMs } = this.#options.clock;
    // What was kept for want of an answer does not become newer by it.
    if (facts !== this.#facts) this.#seenAtMs = nowMs();
    this.#facts = facts;
    this.#dueAtMs = nowMs() + this.#within(isMoving(facts) ? MOVING_MS : REST_MS);
    this.#running = undefined;
  }

  #within({ least, most }: typeof REST_MS): number {
    return least + (most - least) * this.#options.random();
  }
}

/** Drivers work in whole mebibytes. */
const ARRIVED_BYTES = 2 * 1024 * 1024;

function isMoving({ balloon, inhibitions }: MonitorFacts): boolean {
  if (balloon?.targetBytes === undefined || inhibitions.length > 0) return false;
  return Math.abs(balloon.actualBytes - balloon.targetBytes) > ARRIVED_BYTES;
}
