/** `npm run bench:cliff`: what a real guest keeps of its reads when the budget leaves hardly more than its programs and its hot cache need. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import { CacheReader, type ReaderWindow } from "../testbed/cache-reader.ts";
import { skipReason } from "../testbed/requirements.ts";
import { figure, markdownTable } from "./figures.ts";

const GUEST_MIB = 900;
const RESERVE_MIB = 64;
/** What the budget leaves the guest beside the reserve for emergencies. */
const LEFT_MIB = [356, 316, 300];
const WATCH_S = 180;
/** A second in which more than this share is waiting is one beyond the cliff, 0…1. */
const FALLEN = 0.5;

/** Prints a row for each size of the budget, or for those that the words name. */
export async function benchCliff(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:cliff needs real guests; ${reason}\n`);
    return 1;
  }
  const sizes = words.length === 0 ? LEFT_MIB : words.map(Number);
  const rows: string[][] = [];
  for (const leftMib of sizes) {
    rows.push(await row(leftMib));
    process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
  }
  const head = [
    ...["the budget leaves", "least size", "kept of its reads"],
    ...["falls over the cliff", "longest", "memory given back after"],
  ];
  process.stdout.write(
    `A real guest of ${GUEST_MIB} MiB reads 150 MiB at random for ${WATCH_S} s. The budget has ${RESERVE_MIB} MiB more as its reserve for emergencies.\n\n`,
  );
  process.stdout.write(`${markdownTable(head, rows)}\n`);
  return 0;
}

async function row(leftMib: number): Promise<string[]> {
  const reader = await CacheReader.start({ memoryMib: GUEST_MIB, reserveMib: RESERVE_MIB });
  try {
    const seconds: ReaderWindow[] = [];
    const sizes: number[] = [];
    reader.leave(leftMib + RESERVE_MIB);
    for (let second = 0; second < WATCH_S; second++) {
      seconds.push(await reader.watched(() => sleep(1_000)));
      sizes.push((await reader.scene.broker.guest("reader")).actualBytes ?? 0);
    }
    return [`${leftMib} MiB`, figure(Math.min(...sizes) / MIB, 0, " MiB"), ...cells(seconds, sizes)];
  } finally {
    await reader.scene.close();
  }
}

function cells(seconds: readonly ReaderWindow[], sizes: readonly number[]): string[] {
  const kept = 1 - seconds.reduce((sum, { waitShare }) => sum + Math.min(1, waitShare), 0) / seconds.length;
  const falls = fallsOf(seconds.map(({ waitShare }) => waitShare > FALLEN));
  const backAfterS = falls.map(({ from }) => growsAt(sizes, from) - from);
  return [
    figure(kept * 100, 0, " %"),
    String(falls.length),
    falls.length === 0 ? "-" : `${Math.max(...falls.map(({ to, from }) => to - from))} s`,
    falls.length === 0 ? "-" : `${Math.max(...backAfterS)} s`,
  ];
}

/** Seconds in a row beyond the cliff: the first, and the one after the last. */
function fallsOf(fallen: readonly boolean[]): { readonly from: number; readonly to: number }[] {
  return fallen.flatMap((is, from) => {
    if (!is || fallen[from - 1] === true) return [];
    const end = fallen.indexOf(false, from);
    return [{ from, to: end < 0 ? fallen.length : end }];
  });
}

/** The first second from this one on in which the guest grew. */
function growsAt(sizes: readonly number[], from: number): number {
  const grows = sizes.findIndex((bytes, at) => at >= from && bytes > (sizes[at - 1] ?? 0));
  return grows < 0 ? sizes.length : grows;
}
