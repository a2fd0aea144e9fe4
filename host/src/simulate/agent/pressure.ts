/** How hard the agent says that its guest's memory is fought over. Held to the real agent by a contract test. */
import { PRESSURE_LEVELS, type Pressure } from "../../model/guest.ts";
import { PAGE_BYTES } from "../guest/kernel.ts";
import { reserveBytes } from "./call.ts";
import type { Reading } from "./counter-reader.ts";

const CALM_MS = 2_000;
/** Rates are taken over at least this, from a base that is this old at most. */
const SHORTEST_SPAN_MS = 100;
const SPAN_MS = 500;
const LONGEST_SPAN_MS = 10_000;

const NEVER = Number.POSITIVE_INFINITY;
/** From where on each level holds, worst first; one voice is enough, but refaults must be many both ways. */
const LEVELS = [
  { level: "critical", reserves: 0.5, pages: 1_000, share: 0.1, stall: 0.1, swapIns: NEVER, stalled: NEVER },
  { level: "moderate", reserves: 1, pages: 250, share: 0.005, stall: 0.035, swapIns: 256, stalled: 2 },
  { level: "low", reserves: 1.5, pages: 50, share: 0.001, stall: 0.001, swapIns: 1, stalled: 0.1 },
] as const;
/** Available memory, in reserves, below which stall time is more than a hint. */
const SHORT_RESERVES = 2;

/** What pressure is judged by. */
export interface Strain {
  readonly atMs: number;
  readonly availableBytes: number;
  readonly totalBytes: number;
  readonly cacheBytes: number;
  readonly counters: Reading;
}

/** What happened between two readings, a second. */
interface Rates {
  readonly refaults: number;
  readonly swapIns: number;
  readonly stalledAllocations: number;
  readonly stallShare: number;
  readonly oomKilled: boolean;
}

const AT_REST: Rates = { refaults: 0, swapIns: 0, stalledAllocations: 0, stallShare: 0, oomKilled: false };

/** A level that rises at once and falls one step at a time. */
export class PressureSense {
  #level: Pressure = "none";
  #heldUntilMs = 0;
  #base: Reading | undefined;
  #rates = AT_REST;

  judge(strain: Strain): Pressure {
    this.#observe(strain.counters);
    const measured = measure(strain, this.#rates);
    const [now, next] = [PRESSURE_LEVELS.indexOf(this.#level), PRESSURE_LEVELS.indexOf(measured)];
    if (next >= now) this.#set(measured, strain.atMs);
    else if (strain.atMs >= this.#heldUntilMs) this.#set(PRESSURE_LEVELS[now - 1] ?? "none", strain.atMs);
    return this.#level;
  }

  #set(level: Pressure, atMs: number): void {
    this.#level = level;
    this.#heldUntilMs = atMs + CALM_MS;
  }

  #observe(reading: Reading): void {
    const base = this.#base;
    const spanMs = reading.atMs - (base?.atMs ?? Number.NEGATIVE_INFINITY);
    if (base === undefined || spanMs > LONGEST_SPAN_MS) {
      this.#base = reading;
      this.#rates = AT_REST;
      return;
    }
    if (spanMs >= SHORTEST_SPAN_MS) this.#rates = ratesBetween(base, reading, spanMs / 1000);
    if (spanMs >= SPAN_MS) this.#base = reading;
  }
}

function ratesBetween(base: Reading, now: Reading, seconds: number): Rates {
  return {
    refaults: (now.refaultPages - base.refaultPages) / seconds,
    swapIns: (now.swapInPages - base.swapInPages) / seconds,
    stalledAllocations: (now.allocationStalls - base.allocationStalls) / seconds,
    stallShare: (now.stallUs - base.stallUs) / (seconds * 1_000_000),
    oomKilled: now.oomKills > base.oomKills,
  };
}

function measure({ availableBytes, totalBytes, cacheBytes }: Strain, rates: Rates): Pressure {
  const reserves = availableBytes / reserveBytes(totalBytes);
  const cachePages = cacheBytes / PAGE_BYTES;
  const found = LEVELS.find(
    (from) =>
      reserves < from.reserves ||
      (rates.refaults >= from.pages && rates.refaults >= from.share * cachePages) ||
      (rates.stallShare >= from.stall && (from.level === "low" || reserves < SHORT_RESERVES)) ||
      rates.swapIns >= from.swapIns ||
      rates.stalledAllocations >= from.stalled ||
      (rates.oomKilled && from.level === "critical"),
  );
  return found?.level ?? "none";
}
