/** What a guest's programs will need: the scenario's phases, followed at the speed at which they touch memory. */
import type { Future, GuestView } from "../controller.ts";
import { Kernel } from "../guest/kernel.ts";
import type { Phase } from "../scenario.ts";

/** Near times are looked up in small steps. */
const FINE_WITHIN_MS = 3_000;
const FINE_STEP_MS = 250;
const COARSE_STEP_MS = 1_000;

/** Most that a guest needs within a time. */
export interface Need {
  /** Programs and kernel, with the free memory that the kernel insists on. */
  readonly programBytes: number;
  /** The same with everything cached that is read again. */
  readonly totalBytes: number;
  /** What it reads once: its cache grows by so much where it has room. */
  readonly streamBytes: number;
}

/** Follows one guest's programs. */
export class FutureNeeds {
  readonly #future: Future;
  readonly #name: string;
  readonly #fixedBytes: number;
  #bootedAtMs: number | undefined;
  #atMs = 0;
  #anonBytes: number | undefined;

  constructor(future: Future, { name, fullBytes, os }: Pick<GuestView, "name" | "fullBytes" | "os">) {
    this.#future = future;
    this.#name = name;
    const { watermarkBytes } = new Kernel({ fullBytes, os, swapBytes: 0 });
    this.#fixedBytes = future.fixedBytes(name) + watermarkBytes;
  }

  /** Lets time pass as if memory had never been short. */
  follow(nowMs: number, bootedAtMs: number | undefined): void {
    if (bootedAtMs !== this.#bootedAtMs && this.#anonBytes !== undefined) this.#anonBytes = 0;
    // What ran before the world began has all it wants.
    this.#anonBytes ??= (bootedAtMs ?? 0) < 0 ? this.#phase(0)?.anonBytes : 0;
    this.#bootedAtMs = bootedAtMs;
    const phase = this.#phase(nowMs);
    this.#anonBytes = touched(this.#anonBytes ?? 0, phase, nowMs - this.#atMs);
    this.#atMs = nowMs;
  }

  /** Most that is needed from now to each of `horizons`, nearest first. */
  needs<const T extends readonly number[]>(horizons: T): { [K in keyof T]: Need };
  needs(horizons: readonly number[]): Need[] {
    let anonBytes = this.#anonBytes ?? 0;
    let need: Need = { programBytes: 0, totalBytes: 0, streamBytes: 0 };
    let ms = 0;
    return horizons.map((horizonMs) => {
      while (ms <= horizonMs) {
        const stepMs = ms < FINE_WITHIN_MS ? FINE_STEP_MS : COARSE_STEP_MS;
        const phase = this.#phase(this.#atMs + ms);
        if (phase !== undefined) need = more(need, phase, this.#fixedBytes + anonBytes, stepMs);
        ms += stepMs;
        anonBytes = touched(anonBytes, this.#phase(this.#atMs + ms), stepMs);
      }
      return need;
    });
  }

  #phase(atMs: number): Phase | undefined {
    return this.#future.phaseAt(this.#name, atMs);
  }
}

/** Memory is touched at the phase's speed and given back at once. */
function touched(anonBytes: number, phase: Phase | undefined, elapsedMs: number): number {
  if (phase === undefined) return 0;
  return Math.min(phase.anonBytes, anonBytes + (phase.touchBytesPerSecond * elapsedMs) / 1000);
}

function more(need: Need, phase: Phase, programBytes: number, stepMs: number): Need {
  return {
    programBytes: Math.max(need.programBytes, programBytes),
    totalBytes: Math.max(need.totalBytes, programBytes + phase.hotBytes),
    streamBytes: need.streamBytes + (phase.streamBytesPerSecond * stepMs) / 1000,
  };
}
