/** The most that each guest used in an hour, and for how long it was seen, as bytes: 12 for each guest, little-endian. Pure. */
import { MIB } from "../model/bytes.ts";
import type { Words } from "./codec.ts";
import type { Row } from "./condense.ts";

/** One guest in one hour. */
export interface HourPeak {
  readonly name: string;
  /** The most of its means of a minute, in whole MiB. */
  readonly mostUsedBytes: number;
  /** Minutes in which its use was known. */
  readonly minutesSeen: number;
}

const MOST_AT = 4;
const MINUTES_AT = 8;
const LENGTH = 12;

/** What an hour's minutes hold. A guest whose use was never known is left out. */
export function hourPeaks(minutes: readonly Row[]): HourPeak[] {
  const found = new Map<string, HourPeak>();
  for (const { name, usedBytes } of minutes.flatMap(({ guests }) => guests)) {
    if (usedBytes === undefined) continue;
    const { mostUsedBytes, minutesSeen } = found.get(name) ?? { mostUsedBytes: 0, minutesSeen: 0 };
    found.set(name, {
      name,
      mostUsedBytes: Math.max(mostUsedBytes, usedBytes),
      minutesSeen: minutesSeen + 1,
    });
  }
  return [...found.values()];
}

export function encodePeaks(peaks: readonly HourPeak[], words: Words): Uint8Array {
  const bytes = new Uint8Array(peaks.length * LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [i, { name, mostUsedBytes, minutesSeen }] of peaks.entries()) {
    view.setUint32(i * LENGTH, words.numberOf(name), true);
    view.setUint32(i * LENGTH + MOST_AT, Math.round(mostUsedBytes / MIB), true);
    view.setUint32(i * LENGTH + MINUTES_AT, minutesSeen, true);
  }
  return bytes;
}

/** Guests whose name is not known are left out: the row is damaged. */
export function decodePeaks(row: Uint8Array, words: Words): HourPeak[] {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  return Array.from({ length: Math.floor(row.length / LENGTH) }, (_, i) => {
    const name = words.wordOf(view.getUint32(i * LENGTH, true));
    const mostUsedBytes = view.getUint32(i * LENGTH + MOST_AT, true) * MIB;
    const minutesSeen = view.getUint32(i * LENGTH + MINUTES_AT, true);
    return name === undefined ? undefined : { name, mostUsedBytes, minutesSeen };
  }).filter((peak) => peak !== undefined);
}
