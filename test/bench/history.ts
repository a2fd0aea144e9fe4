/** What the history costs: time of a write that the broker's loop waits for, and bytes on disk. `npm run bench:history`. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HistoryStore } from "../../host/src/history/store.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { HistorySample } from "../../host/src/model/history.ts";

const GUESTS = 200;
const WRITES = 9_000;
const STEP_MS = 10_000;
const DAY_STEPS = 8_640;
/** Moves of all guests in a step: each guest moves once in three minutes. */
const MOVES = 11;
/** As Linux has it. */
const BOOT_ID = "0f0e0d0c-0b0a-4908-8706-050403020100";

function sampleAt(step: number): HistorySample {
  const atMs = Date.UTC(2026, 0, 1) + step * STEP_MS;
  const guests = Array.from({ length: GUESTS }, (_, i) => ({
    name: `guest${i}`,
    actualBytes: (1024 + ((step * 7 + i * 13) % 512)) * MIB,
    targetBytes: (1024 + ((step * 7 + i * 13) % 512)) * MIB,
    usedBytes: (600 + ((step * 3 + i) % 300)) * MIB,
    floorBytes: (700 + ((step * 3 + i) % 300)) * MIB,
    wantBytes: (860 + ((step * 3 + i) % 300)) * MIB,
    maxBytes: 2 * GIB,
    freeBytes: ((step * 3 + i) % 300) * MIB,
    reason: "steady" as const,
    pressure: "none" as const,
    hasAgent: true,
    isObserved: false,
    oomKills: 0,
  }));
  const hotCaches = guests.map(({ name, usedBytes }) => ({ name, bootId: BOOT_ID, bytes: usedBytes }));
  const moves = Array.from({ length: MOVES }, (_, i) => ({
    atMs,
    name: `guest${(step * MOVES + i) % GUESTS}`,
    fromBytes: GIB,
    toBytes: GIB + MIB,
    reason: "give-back" as const,
  }));
  return {
    atMs,
    host: { totalBytes: 512 * GIB, availableBytes: 100 * GIB, regime: "ample" },
    guests,
    moves,
    hotCaches,
  };
}

function at(sorted: readonly number[], share: number): string {
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2)} ms`;
}

/** Writes a day's samples and prints what that took. `HISTORY_FOLDER` is where; another disk costs another time. */
export async function benchHistory(): Promise<number> {
  const folder = mkdtempSync(join(process.env["HISTORY_FOLDER"] ?? tmpdir(), "ballast-history-"));
  try {
    const path = join(folder, "history.db");
    const store = new HistoryStore(path, GIB);
    const times: number[] = [];
    for (let step = 0; step < WRITES; step++) {
      const sample = sampleAt(step);
      const begin = performance.now();
      store.write(sample);
      times.push(performance.now() - begin);
      // The broker rests between two writes; a checkpoint must not pile up behind them.
      await setTimeout(1);
    }
    const used = store.usedBytes();
    store.close();
    const sorted = times.toSorted((a, b) => a - b);
    process.stdout.write(
      [
        `${GUESTS} guests, ${WRITES} writes (${(WRITES / DAY_STEPS).toFixed(1)} days)`,
        `a write: median ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, worst ${at(sorted, 1)}`,
        `on disk: ${(statSync(path).size / MIB).toFixed(1)} MiB, used ${(used / MIB).toFixed(1)} MiB`,
        `a day: ${((used / MIB) * (DAY_STEPS / WRITES)).toFixed(1)} MiB`,
        "",
      ].join("\n"),
    );
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
