/** What a balloon's motion came to, from looks at it; pure. */
import { GIB } from "../../../host/src/model/bytes.ts";
import type { Look } from "../real/track.ts";

/** A balloon's size at one moment. */
export interface SizeLook {
  readonly atMs: number;
  readonly bytes: number;
}

/** Less than this share at the beginning and at the end of a motion is left out: a balloon starts and ends in its own time. */
const EDGE_SHARE = 0.1;
/** Windows in which work is counted: a second. */
const SECOND_MS = 1_000;

/** Bytes a second between a tenth and nine tenths of the way from the first size to the least; undefined where nothing was taken. */
export function takingSpeed(looks: readonly SizeLook[]): number | undefined {
  const fromBytes = looks[0]?.bytes ?? 0;
  const leastBytes = Math.min(...looks.map(({ bytes }) => bytes));
  const wayBytes = fromBytes - leastBytes;
  if (looks.length === 0 || wayBytes <= 0) return undefined;
  const first = looks.find(({ bytes }) => bytes <= fromBytes - wayBytes * EDGE_SHARE);
  const last = looks.find(({ bytes }) => bytes <= leastBytes + wayBytes * EDGE_SHARE);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
  return ((first.bytes - last.bytes) * 1000) / (last.atMs - first.atMs);
}

/** Share of its reads that a guest did not do in the worst of all seconds, 0…1. */
export function worstSecond(looks: readonly Look[], readsPerSecond: number): number {
  let worst = 0;
  let first = looks[0];
  for (const look of looks) {
    if (first === undefined || look.atMs - first.atMs < SECOND_MS) continue;
    const wanted = (readsPerSecond * (look.atMs - first.atMs)) / SECOND_MS;
    worst = Math.max(worst, 1 - (look.reads - first.reads) / wanted);
    first = look;
  }
  return Math.max(0, Math.min(1, worst));
}

/** Processor seconds for each GiB. */
export function secondsPerGib(seconds: number, bytes: number): number | undefined {
  return bytes <= 0 ? undefined : (seconds * GIB) / bytes;
}

/** When so many mebibytes of a burst were touched, in ms since it began; undefined: never. The workload tells it in steps of 20. */
export function touchedMs(output: string, mib: number): number | undefined {
  for (const [, mb, ms] of output.matchAll(/^(?:touched|done) mb=(\d+) ms=(\d+)$/gm))
    if (Number(mb) >= mib) return Number(ms);
  return undefined;
}
