/** Owns reading what a script of phases came to in a real guest, from the lines that `workload play` prints; pure. */

/** One observation, up to four a second. */
export interface Look {
  /** Since the script began. */
  readonly atMs: number;
  /** False while what was killed waits to be started again. */
  readonly running: boolean;
  readonly kills: number;
  readonly anonBytes: number;
  /** Reads of 4 KiB since the script began. */
  readonly reads: number;
  /** Reads that were given up since the script began, because they waited too long. */
  readonly droppedReads: number;
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** Pages read again after they were reclaimed, since boot. */
  readonly refaultPages: number;
}

/** A kill, and what was touched by then. */
export interface Kill {
  readonly atMs: number;
  readonly anonBytes: number;
}

const LOOK =
  /^at=(\d+) running=([01]) kills=(\d+) anon=(\d+) reads=(\d+) dropped=(\d+) total=(\d+) available=(\d+) refaults=(\d+)$/gm;
const KILL = /^killed at=(\d+) anon=(\d+)$/gm;
const KIB = 1024;

/** All observations in the order of time. */
export function parseLooks(output: string): Look[] {
  return [...output.matchAll(LOOK)].map(([, ...words]) => {
    const [atMs = 0, running = 0, kills = 0, anon = 0, reads = 0, dropped = 0, ...memory] = words.map(Number);
    const [total = 0, available = 0, refaults = 0] = memory;
    return {
      atMs,
      running: running === 1,
      kills,
      anonBytes: anon * KIB,
      reads,
      droppedReads: dropped,
      totalBytes: total * KIB,
      availableBytes: available * KIB,
      refaultPages: refaults,
    };
  });
}

/** All kills in the order of time. */
export function parseKills(output: string): Kill[] {
  return [...output.matchAll(KILL)].map(([, atMs, anon]) => ({
    atMs: Number(atMs),
    anonBytes: Number(anon) * KIB,
  }));
}
