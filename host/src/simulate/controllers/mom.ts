/** oVirt MOM's `balloon.rules`, with the defaults of its own configuration. */
import { sum } from "../../model/bytes.ts";
import type { Controller, ControllerMaker, GuestView, WorldView } from "../controller.ts";

/** Host and guests are sampled this often; rules run at every second sample. */
const SAMPLE_MS = 5_000;
const RULES_EVERY = 2;
/** `sample-history-length`. */
const HISTORY = 10;
const PRESSURE_THRESHOLD = 0.2;
const PRESSURE_CRITICAL = 0.05;
const MIN_GUEST_FREE = 0.2;
const MAX_CHANGE = 0.05;
const MIN_CHANGE = 0.0025;

/** A guest as the rules see it. */
export interface MomGuest {
  readonly name: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly actualBytes: number;
  /** Averages over the history: size, and MemFree (cache counts as used). */
  readonly averageActualBytes: number;
  readonly averageFreeBytes: number;
}

/** New targets of the guests that shall move; `hostFreeShare` is the average of free memory ÷ all memory, 0…1. */
export function momTargets(hostFreeShare: number, guests: readonly MomGuest[]): ReadonlyMap<string, number> {
  const targets = new Map<string, number>();
  for (const guest of guests) {
    const target = hostFreeShare < PRESSURE_THRESHOLD ? shrunk(guest, hostFreeShare) : grown(guest);
    if (Math.abs(target - guest.actualBytes) > MIN_CHANGE * guest.actualBytes)
      targets.set(guest.name, Math.trunc(target));
  }
  return targets;
}

/** At most 5 % less; below 5 % of free host memory guests are to swap. */
function shrunk(guest: MomGuest, hostFreeShare: number): number {
  const { actualBytes } = guest;
  const guestFree = hostFreeShare <= PRESSURE_CRITICAL ? hostFreeShare - PRESSURE_CRITICAL : hostFreeShare;
  return Math.min(actualBytes, Math.max(actualBytes * (1 - MAX_CHANGE), withFree(guest, guestFree)));
}

/** At least 5 % more. */
function grown(guest: MomGuest): number {
  const { actualBytes, maxBytes } = guest;
  if (actualBytes >= maxBytes) return actualBytes;
  return Math.min(maxBytes, Math.max(actualBytes * (1 + MAX_CHANGE), withFree(guest, MIN_GUEST_FREE)));
}

function withFree(guest: MomGuest, freeShare: number): number {
  const usedBytes = guest.averageActualBytes - guest.averageFreeBytes;
  return Math.max(guest.minBytes, usedBytes + freeShare * guest.actualBytes);
}

/** The last samples of one quantity. */
class History {
  readonly #samples: number[] = [];

  add(sample: number): void {
    this.#samples.push(sample);
    if (this.#samples.length > HISTORY) this.#samples.shift();
  }

  get average(): number {
    return sum(this.#samples, Number) / Math.max(1, this.#samples.length);
  }
}

interface Watched {
  readonly bootedAtMs: number;
  readonly actual: History;
  readonly free: History;
}

class Mom implements Controller {
  readonly name: string;
  readonly tickMs = SAMPLE_MS;
  readonly #hostFree = new History();
  readonly #watched = new Map<string, Watched>();
  #samples = 0;

  constructor(name: string) {
    this.name = name;
  }

  tick(world: WorldView): number {
    this.#hostFree.add(world.host.availableBytes);
    const guests = world.guests.flatMap((view) => this.#sample(view));
    this.#samples += 1;
    if (this.#samples % RULES_EVERY === 0) {
      const freeShare = this.#hostFree.average / world.host.totalBytes;
      for (const [name, bytes] of momTargets(freeShare, guests)) world.setTarget(name, bytes);
    }
    return SAMPLE_MS;
  }

  /** A guest whose statistics are missing is left out. */
  #sample(view: GuestView): MomGuest[] {
    const { name, bootedAtMs, actualBytes, limits } = view;
    const freeBytes = view.stats?.freeBytes;
    if (bootedAtMs === undefined || freeBytes === undefined) return [];
    let watched = this.#watched.get(name);
    if (watched?.bootedAtMs !== bootedAtMs) {
      watched = { bootedAtMs, actual: new History(), free: new History() };
      this.#watched.set(name, watched);
    }
    watched.actual.add(actualBytes);
    watched.free.add(freeBytes);
    const { minBytes, maxBytes } = limits;
    const averages = {
      averageActualBytes: watched.actual.average,
      averageFreeBytes: watched.free.average,
    };
    return [{ name, minBytes, maxBytes, actualBytes, ...averages }];
  }
}

/** Baseline B2. */
export const MOM: ControllerMaker = {
  name: "mom",
  title: "oVirt MOM's balloon rules: 5 % a guest every 10 s on averages of 50 s",
  make: () => new Mom("mom"),
};

/** The same beside balloons that deflate when a guest runs out: what a careful admin has without Ballast. */
export const MOM_DEFLATE: ControllerMaker = {
  name: "mom-deflate",
  title: "oVirt MOM's balloon rules, and balloons that deflate when a guest runs out",
  deflateOnOom: true,
  make: () => new Mom("mom-deflate"),
};
