/** How hard the agent says that its guest's memory is fought over. Held to the real agent by a contract test. */
import { PRESSURE_LEVELS, type Pressure } from "../../model/guest.ts";
import { PAGE_BYTES } from "../guest/kernel.ts";
import { reserveBytes } from "./call.ts";

const CALM_MS = 2_000;
const SPAN_MS = 500;
const LONGEST_SPAN_MS = 10_000;
/** Refaults a second from which each level holds: pages, and share of the cache. */
const REFAULTS = [
  { level: "critical", pages: 1_000, share: 0.1 },
  { level: "moderate", pages: 250, share: 0.005 },
  { level: "low", pages: 50, share: 0.001 },
] as const;
const SWAP_IN_MODERATE = 256;

/** What pressure is judged by. */
export interface Strain {
  readonly atMs: number;
  readonly availableBytes: number;
  readonly totalBytes: number;
  readonly cacheBytes: number;
  readonly refaultPages: number;
  readonly swapInPages: number;
}

/** A level that rises at once and falls one step at a time. */
export class PressureSense {
  #level: Pressure = "none";
  #heldUntilMs = 0;
  #base: Strain | undefined;
  #refaultsPerSecond = 0;
  #swapInsPerSecond = 0;

  judge(strain: Strain): Pressure {
    this.#rates(strain);
    const measured = this.#measure(strain);
    const [now, next] = [PRESSURE_LEVELS.indexOf(this.#level), PRESSURE_LEVELS.indexOf(measured)];
    if (next >= now) this.#set(measured, strain.atMs);
    else if (strain.atMs >= this.#heldUntilMs) this.#set(PRESSURE_LEVELS[now - 1] ?? "none", strain.atMs);
    return this.#level;
  }

  #set(level: Pressure, atMs: number): void {
    this.#level = level;
    this.#heldUntilMs = atMs + CALM_MS;
  }

  #rates(strain: Strain): void {
    const base = this.#base;
    const spanMs = strain.atMs - (base?.atMs ?? Number.NEGATIVE_INFINITY);
    if (base === undefined || spanMs > LONGEST_SPAN_MS) {
      this.#base = strain;
      this.#refaultsPerSecond = 0;
      this.#swapInsPerSecond = 0;
      return;
    }
    if (spanMs < SPAN_MS / 5) return;
    this.#refaultsPerSecond = ((strain.refaultPages - base.refaultPages) * 1000) / spanMs;
    this.#swapInsPerSecond = ((strain.swapInPages - base.swapInPages) * 1000) / spanMs;
    if (spanMs >= SPAN_MS) this.#base = strain;
  }

  #measure({ availableBytes, totalBytes, cacheBytes }: Strain): Pressure {
    const reserve = reserveBytes(totalBytes);
    const thrashes = REFAULTS.find(
      ({ pages, share }) =>
        this.#refaultsPerSecond >= pages && this.#refaultsPerSecond >= (share * cacheBytes) / PAGE_BYTES,
    )?.level;
    if (availableBytes < reserve / 2 || thrashes === "critical") return "critical";
    if (availableBytes < reserve || thrashes === "moderate" || this.#swapInsPerSecond >= SWAP_IN_MODERATE)
      return "moderate";
    return availableBytes < 1.5 * reserve || thrashes === "low" || this.#swapInsPerSecond >= 1
      ? "low"
      : "none";
  }
}
