/** A long time as few points: where there are too many, neighbours become one. Pure. */

/** So many are drawn at most. */
export const MOST_PARTS = 400;

/** Sums of bytes × ms over a part of the time, by what they are of, and how long each was known. */
export interface TimelinePart {
  readonly atMs: number;
  readonly stepMs: number;
  readonly bytes: Readonly<Record<string, number>>;
}

interface Sums {
  readonly atMs: number;
  readonly stepMs: number;
  readonly weighted: ReadonlyMap<string, { readonly sum: number; readonly ms: number }>;
}

/** Takes figures in the order of time. */
export class Timeline {
  #parts: Sums[] = [];
  /** No part is longer, unless a single step is. */
  #widthMs = 0;

  /** What is undefined is not known of this step. */
  add(atMs: number, stepMs: number, bytes: Readonly<Record<string, number | undefined>>): void {
    const known = Object.entries(bytes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { sum: value * stepMs, ms: stepMs }] as const],
    );
    this.#widthMs = Math.max(this.#widthMs, stepMs);
    append(this.#parts, { atMs, stepMs, weighted: new Map(known) }, this.#widthMs);
    while (this.#parts.length > MOST_PARTS) this.#halve();
  }

  #halve(): void {
    this.#widthMs *= 2;
    const parts: Sums[] = [];
    for (const part of this.#parts) append(parts, part, this.#widthMs);
    this.#parts = parts;
  }

  /** Means in whole bytes; what was never known in a part is left out. */
  parts(): TimelinePart[] {
    return this.#parts.map(({ atMs, stepMs, weighted }) => ({
      atMs,
      stepMs,
      bytes: Object.fromEntries([...weighted].map(([name, { sum, ms }]) => [name, Math.round(sum / ms)])),
    }));
  }
}

/** A part goes into the one before as long as that does not become too long: where nothing was written stays a gap. */
function append(parts: Sums[], part: Sums, widthMs: number): void {
  const last = parts.at(-1);
  if (last !== undefined && part.atMs + part.stepMs - last.atMs <= widthMs)
    parts[parts.length - 1] = joined(last, part);
  else parts.push(part);
}

function joined(a: Sums, b: Sums): Sums {
  const weighted = new Map(a.weighted);
  for (const [name, { sum, ms }] of b.weighted) {
    const before = weighted.get(name) ?? { sum: 0, ms: 0 };
    weighted.set(name, { sum: before.sum + sum, ms: before.ms + ms });
  }
  return { atMs: a.atMs, stepMs: b.atMs + b.stepMs - a.atMs, weighted };
}
