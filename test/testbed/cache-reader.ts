/** Owns the scene of one cache reader: a guest that reads its working set at random while its memory is taken. */
import { setTimeout as sleep } from "node:timers/promises";
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

export class CacheReader {
  readonly scene: Scene;

  private constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Boots the guest and starts its reader; returns when the whole working set is in memory. */
  static async start(): Promise<CacheReader> {
    const scene = await Scene.open({
      guests: [{ name: "reader", scratch: DISK }],
      broker: { budgetMib: ROOMY_MIB, tuning: { bootProtect: "1s" } },
    });
    const args = ["cache", "--file", "/scratch/set", "--mb", WORKING_SET_MIB];
    const reader = await scene.guest("reader").spawnWorkload(args);
    await reader.waitForOutput(/ready/, READY_TIMEOUT_MS);
    await sleep(SETTLE_MS);
    return new CacheReader(scene);
  }

  /** Makes memory scarce and counts what the reader waits for until the end of the window. */
  async squeezed(watchMs: number): Promise<ReaderWindow> {
    this.scene.broker.configure({ budgetMib: SCARCE_MIB });
    this.scene.broker.signal("SIGHUP");
    const before = await this.#counts();
    await sleep(watchMs);
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
