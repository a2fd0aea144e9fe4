/** Owns the scene of one cache reader: a guest that reads its working set at random while its memory is taken. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import { guestRam } from "./guest-ram.ts";
import { Scene } from "./scene.ts";

/** Read at random, over and over: the working set. */
const WORKING_SET_MIB = 150;
/** The disk behind it does so many reads a second and no more: what a read costs does not depend on the host's processors. */
const DISK = { sizeMib: 400, operationsPerSecond: 400 };
const READY_TIMEOUT_MS = 240_000;
const SETTLE_MS = 5_000;
/** A budget under which nothing is taken, and one that makes memory scarce. */
const ROOMY_MIB = 4096;
const SCARCE_MIB = 520;

/** What the guest counted in a window. */
export interface ReaderWindow {
  /** Reads of the disk: each is a page of the working set that was not in memory. */
  readonly diskReads: number;
  /** Share of the time for which the reader waited for the disk, 0…1. */
  readonly waitShare: number;
}

export interface ReaderOptions {
  /** Of the guest, in MiB; 512. */
  readonly memoryMib?: number;
  /** Of the budget, in MiB; the broker's own choice if absent. */
  readonly reserveMib?: number;
}

export class CacheReader {
  readonly scene: Scene;
  readonly #memoryMib: number;

  private constructor(scene: Scene, memoryMib: number) {
    this.scene = scene;
    this.#memoryMib = memoryMib;
  }

  /** Boots the guest and starts its reader; returns when the whole working set is in memory. */
  static async start(options: ReaderOptions = {}): Promise<CacheReader> {
    const { memoryMib = 512, reserveMib } = options;
    const scene = await Scene.open({
      guests: [{ name: "reader", memoryMib, scratch: DISK }],
      broker: {
        budgetMib: ROOMY_MIB,
        tuning: { bootProtect: "1s" },
        ...(reserveMib !== undefined && { reserveMib }),
      },
    });
    const args = ["cache", "--file", "/scratch/set", "--mb", WORKING_SET_MIB];
    const reader = await scene.guest("reader").spawnWorkload(args);
    await reader.waitForOutput(/ready/, READY_TIMEOUT_MS);
    await sleep(SETTLE_MS);
    return new CacheReader(scene, memoryMib);
  }

  /** Makes memory scarce and counts what the reader waits for until the end of the window. */
  async squeezed(watchMs: number): Promise<ReaderWindow> {
    this.#budget(SCARCE_MIB);
    return this.watched(() => sleep(watchMs));
  }

  /** Changes the budget so that so much is for the guest's memory, beside what QEMU takes for itself. */
  leave(mib: number): void {
    const { pid } = this.scene.guest("reader");
    const inside = guestRam(pid, this.#memoryMib * MIB)?.residentBytes ?? 0;
    const besideBytes = Math.max(0, (this.scene.guest("reader").residentBytes() ?? 0) - inside);
    this.#budget(Math.round(mib + besideBytes / MIB));
  }

  #budget(budgetMib: number): void {
    this.scene.broker.configure({ budgetMib });
    this.scene.broker.signal("SIGHUP");
  }

  /** What the reader waits for meanwhile. */
  async watched(act: () => Promise<unknown>): Promise<ReaderWindow> {
    const before = await this.#counts();
    await act();
    const after = await this.#counts();
    const diskReads = after.reads - before.reads;
    const waitSeconds = diskReads / DISK.operationsPerSecond;
    return { diskReads, waitShare: waitSeconds / (after.seconds - before.seconds) };
  }

  /** Bytes that the balloon has taken. */
  async takenBytes(): Promise<number> {
    const { maxBytes = 0, actualBytes = 0 } = await this.scene.broker.guest("reader");
    return maxBytes - actualBytes;
  }

  /** Both by the guest's own clock and counters. */
  async #counts(): Promise<{ readonly reads: number; readonly seconds: number }> {
    const { output } = await this.scene.guest("reader").run("cat /proc/uptime /proc/diskstats; mount");
    return parseCounts(output);
  }
}

/** Completed reads of the disk that is mounted at `/scratch`, from `/proc/diskstats` (Documentation/admin-guide/iostats.rst). */
export function parseCounts(text: string): { readonly reads: number; readonly seconds: number } {
  const device = /^\/dev\/(\w+) on \/scratch /m.exec(text)?.[1] ?? "";
  const reads = new RegExp(`^ *\\d+ +\\d+ ${device} (\\d+) `, "m").exec(text)?.[1];
  const seconds = /^(\d+\.\d+) /.exec(text)?.[1];
  if (reads === undefined || seconds === undefined)
    throw new Error(`the guest tells no reads of its disk: ${text}`);
  return { reads: Number(reads), seconds: Number(seconds) };
}
