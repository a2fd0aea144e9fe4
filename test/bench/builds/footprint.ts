/** What a host held over time, in two figures; pure. */
import { GIB } from "../../../host/src/model/bytes.ts";

/** What all guests held at one moment. */
export interface HeldLook {
  readonly atMs: number;
  readonly bytes: number;
}

export interface Footprint {
  readonly peakBytes: number;
  /** The integral over time. */
  readonly gibMinutes: number;
}

/** Peak, and integral as if each look held until the next one. */
export function footprintOf(looks: readonly HeldLook[]): Footprint {
  let byteMs = 0;
  for (let i = 1; i < looks.length; i++) {
    const [before, now] = [looks[i - 1], looks[i]];
    if (before !== undefined && now !== undefined) byteMs += before.bytes * (now.atMs - before.atMs);
  }
  return { peakBytes: Math.max(0, ...looks.map(({ bytes }) => bytes)), gibMinutes: byteMs / GIB / 60_000 };
}

/** By which share `value` differs from `other`: negative where it is less; undefined where there is nothing to compare with. */
export function less(value: number, other: number): number | undefined {
  return other === 0 || value === other ? undefined : value / other - 1;
}
