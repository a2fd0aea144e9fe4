/** Real guests as a controller of the simulator sees its world: the same rule moves real balloons. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { BalloonStats } from "../../../host/src/model/guest.ts";
import type {
  Controller,
  Future,
  GuestView,
  HostView,
  WorldView,
} from "../../../host/src/simulate/controller.ts";
import type { GuestStats } from "../../testbed/guest-memory.ts";
import { guestRam } from "../../testbed/guest-ram.ts";
import type { Actor } from "../real/stage.ts";

/** What a controller may know beforehand of real guests. */
export const NO_FUTURE: Future = {
  phaseAt: () => undefined,
  fixedBytes: () => 0,
  overheadBytes: () => 0,
  hostOwnBytes: () => 0,
  savedBytes: () => 0,
};

/** Lets a controller tick over real guests on a host of `totalBytes` for guests' memory, until it is stopped. */
export class RealWorld {
  readonly #actors: readonly Actor[];
  readonly #controller: Controller;
  readonly #totalBytes: number;
  readonly #targets = new Map<string, number>();
  readonly #startMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(actors: readonly Actor[], controller: Controller, totalBytes: number) {
    this.#actors = actors;
    this.#controller = controller;
    this.#totalBytes = totalBytes;
  }

  /** Ticks now and again each `tickMs`. */
  start(): void {
    this.#ticking = this.#tick();
    this.#timer = setTimeout(() => {
      if (!this.#isStopped) this.start();
    }, this.#controller.tickMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#ticking;
  }

  async #tick(): Promise<void> {
    const nowMs = performance.now() - this.#startMs;
    const guests = await Promise.all(this.#actors.map((actor) => this.#view(actor, nowMs)));
    const wanted = new Map<string, number>();
    const world: WorldView = {
      nowMs,
      host: hostView(this.#totalBytes, guests),
      guests,
      setTarget: (name, bytes) => wanted.set(name, bytes),
      tickWithin: () => undefined,
      answer: () => undefined,
    };
    this.#controller.tick(world);
    for (const { plan, guest } of this.#actors) {
      const bytes = wanted.get(plan.name);
      if (bytes === undefined || this.#isStopped) continue;
      this.#targets.set(plan.name, bytes);
      await guest.setBalloon(Math.round(bytes));
    }
  }

  async #view({ plan, guest }: Actor, nowMs: number): Promise<GuestView> {
    return {
      name: plan.name,
      limits: { minBytes: plan.minBytes, maxBytes: plan.fullBytes, shares: plan.shares },
      fullBytes: plan.fullBytes,
      os: plan.os,
      actualBytes: await guest.balloonActual(),
      targetBytes: this.#targets.get(plan.name),
      stats: balloonStats(await guest.guestStats(), nowMs),
      residentBytes: guestRam(guest.pid, plan.fullBytes)?.heldBytes ?? 0,
      swappedBytes: 0,
      bootedAtMs: 0,
      agentConnected: false,
      report: undefined,
    };
  }
}

function balloonStats(stats: GuestStats, nowMs: number): BalloonStats | undefined {
  const freeBytes = stats["stat-free-memory"];
  const availableBytes = stats["stat-available-memory"];
  const totalBytes = stats["stat-total-memory"];
  if (freeBytes === undefined || availableBytes === undefined || totalBytes === undefined) return undefined;
  return { freeBytes, availableBytes, totalBytes, updatedAtMs: nowMs };
}

function hostView(totalBytes: number, guests: readonly GuestView[]): HostView {
  const heldBytes = sum(guests, ({ residentBytes }) => residentBytes);
  const availableBytes = Math.max(0, totalBytes - heldBytes);
  return { totalBytes, availableBytes, arcBytes: 0, arcMinBytes: 0, psiSomeAvg10: 0, ksm: undefined };
}
