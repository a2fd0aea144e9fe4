/** Owns the scene of one motion: a donor with a cold cache and work of its own, and a neighbour that needs memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import type { GuestPlan } from "../../../host/src/simulate/scenario.ts";
import { guest, work } from "../../../host/src/simulate/scenarios/scenario-builder.ts";
import { Cleanup } from "../../testbed/host.ts";
import { bootAll } from "../../testbed/scene.ts";
import { begin, prepare } from "../real/player.ts";
import type { Actor } from "../real/stage.ts";
import { type Look, parseLooks } from "../real/track.ts";
import type { SizeLook } from "./speed.ts";

export const FULL_BYTES = 1_536 * MIB;
/** Read once, and never again. */
const COLD_BYTES = 1_000 * MIB;
/** The donor's own work. */
const HOT_BYTES = 60 * MIB;
export const READS_PER_SECOND = 2_000;
const SPARE_BYTES = 60 * MIB;
const LONGEST_MS = 600_000;
const BOOT_TIMEOUT_MS = 180_000;
const REFILL_TIMEOUT_MS = 120_000;
const LOOK_MS = 20;

/** Two guests, the donor at its work. */
export class MotionScene {
  readonly folder: string;
  readonly donor: Actor;
  readonly taker: Actor;
  readonly cleanup: Cleanup;
  readonly #startMs: number;

  private constructor(folder: string, donor: Actor, taker: Actor, cleanup: Cleanup) {
    this.folder = folder;
    this.donor = donor;
    this.taker = taker;
    this.cleanup = cleanup;
    this.#startMs = performance.now();
  }

  /** Boots both; the cold cache is filled and the donor at work when this resolves. */
  static async open(): Promise<MotionScene> {
    const cleanup = new Cleanup();
    try {
      const folder = await mkdtemp(join(tmpdir(), "bl-"));
      cleanup.add(() => rm(folder, { recursive: true, force: true }));
      const memoryMib = FULL_BYTES / MIB;
      const sizeMib = (COLD_BYTES + HOT_BYTES + SPARE_BYTES) / MIB;
      const [first, second] = await bootAll(
        [
          { name: "donor", memoryMib, scratch: { sizeMib }, bootTimeoutMs: BOOT_TIMEOUT_MS },
          { name: "taker", memoryMib, bootTimeoutMs: BOOT_TIMEOUT_MS },
        ],
        folder,
        cleanup,
      );
      if (first === undefined || second === undefined) throw new RangeError("two guests were to be booted");
      const plan = donorPlan();
      const workload = await prepare(first, {
        phases: plan.phases,
        durationMs: LONGEST_MS,
        staleBytes: COLD_BYTES,
        staleActive: false,
      });
      const donor: Actor = { plan, guest: first, workload, sizes: [] };
      const taker: Actor = { plan: { ...plan, name: "taker" }, guest: second, workload, sizes: [] };
      await begin(first);
      return new MotionScene(folder, donor, taker, cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.cleanup.run();
  }

  /** Gives the donor all of its memory and its cold cache again. */
  async refill(): Promise<void> {
    await this.donor.guest.moveBalloon(FULL_BYTES);
    await this.donor.guest.run("cat /scratch/stale >/dev/null", { timeoutMs: REFILL_TIMEOUT_MS });
  }

  /** Looks at the donor's balloon until `act` has ended, and gives its sizes, and what the donor read meanwhile. */
  async watchDonor(
    act: () => Promise<unknown>,
  ): Promise<{ readonly sizes: SizeLook[]; readonly looks: Look[] }> {
    const sizes: SizeLook[] = [];
    const fromMs = this.#nowMs();
    let isOver = false;
    const watch = async () => {
      while (!isOver) {
        sizes.push({ atMs: this.#nowMs(), bytes: await this.donor.guest.balloonActual() });
        await sleep(LOOK_MS);
      }
    };
    const watching = watch();
    try {
      await act();
    } finally {
      isOver = true;
      await watching;
    }
    const looks = parseLooks(await this.donor.workload.output());
    return { sizes, looks: looks.filter(({ atMs }) => atMs >= fromMs && atMs <= this.#nowMs()) };
  }

  #nowMs(): number {
    return performance.now() - this.#startMs;
  }
}

function donorPlan(): GuestPlan {
  const phases = work({ anonBytes: 20 * MIB, hotBytes: HOT_BYTES, readsPerSecond: READS_PER_SECOND });
  return guest("donor", FULL_BYTES, phases, { minBytes: 128 * MIB });
}
