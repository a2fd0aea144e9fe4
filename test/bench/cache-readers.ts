/** Owns the scene of two cache readers: one in a managed guest that is squeezed, one in a guest that is left alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { Scene } from "../testbed/scene.ts";
import type { Workload } from "../testbed/workload.ts";

/** Read at random, over and over: the working set. */
const WORKING_SET_MIB = 150;
const DISK = { sizeMib: 400, operationsPerSecond: 400 };
const READY_TIMEOUT_MS = 240_000;
const SETTLE_MS = 5_000;
/** Counted before anything is taken. */
const BEFORE_MS = 15_000;
/** A budget under which nothing is taken, and one that makes memory scarce. */
const ROOMY_MIB = 4096;
const SCARCE_MIB = 520;

/** Operations of both readers in a window, and the squeezed one's in proportion to the other's. */
export interface Window {
  readonly squeezed: number;
  readonly alone: number;
  readonly ratio: number;
}

export class CacheReaders {
  readonly scene: Scene;
  readonly #squeezed: Workload;
  readonly #alone: Workload;

  private constructor(scene: Scene, squeezed: Workload, alone: Workload) {
    this.scene = scene;
    this.#squeezed = squeezed;
    this.#alone = alone;
  }

  /** Boots both guests and starts their readers; returns when both have their working set in memory. */
  static async start(): Promise<CacheReaders> {
    const scene = await Scene.open({
      guests: ["reader", "alone"].map((name) => ({ name, scratch: DISK })),
      unmanaged: ["alone"],
      broker: { budgetMib: ROOMY_MIB, tuning: { bootProtect: "1s" } },
    });
    const args = ["cache", "--file", "/scratch/set", "--mb", WORKING_SET_MIB];
    const [squeezed, alone] = [
      await scene.guest("reader").spawnWorkload(args),
      await scene.guest("alone").spawnWorkload(args),
    ];
    await Promise.all([squeezed, alone].map((reader) => reader.waitForOutput(/ready/, READY_TIMEOUT_MS)));
    return new CacheReaders(scene, squeezed, alone);
  }

  /** Watches both readers side by side, before and while memory is scarce for the managed one. */
  async speeds(watchMs: number): Promise<{ before: Window; during: Window }> {
    await sleep(SETTLE_MS);
    const before = await this.#watch(BEFORE_MS);
    this.scene.broker.configure({ budgetMib: SCARCE_MIB });
    this.scene.broker.signal("SIGHUP");
    return { before, during: await this.#watch(watchMs) };
  }

  /** Bytes that the balloon has taken from the managed guest. */
  async takenBytes(): Promise<number> {
    const { maxBytes = 0, actualBytes = 0 } = await this.scene.broker.guest("reader");
    return maxBytes - actualBytes;
  }

  async #watch(ms: number): Promise<Window> {
    const first = await this.#counts();
    await sleep(ms);
    const last = await this.#counts();
    const squeezed = last.squeezed - first.squeezed;
    const alone = last.alone - first.alone;
    return { squeezed, alone, ratio: squeezed / alone };
  }

  async #counts(): Promise<{ squeezed: number; alone: number }> {
    const [squeezed, alone] = await Promise.all([this.#squeezed.output(), this.#alone.output()]);
    return { squeezed: operations(squeezed), alone: operations(alone) };
  }
}

/** All operations that a reader's lines `ops=N ms=M` tell of; each line covers one second. Pure. */
export function operations(output: string): number {
  return [...output.matchAll(/^ops=(\d+) /gm)].reduce((total, match) => total + Number(match[1]), 0);
}
