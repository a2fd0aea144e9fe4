/** Random lives of a guest's memory for the comparison of the real agent with its model. */
import fc from "fast-check";
import { MIB } from "../../host/src/model/bytes.ts";
import type { Kernel } from "../../host/src/simulate/guest/kernel.ts";
import { type Inflation, pages, type Scene } from "./agent-play.ts";

const FULL_MIB = 1000;

/** What happens for a while, a second each. */
interface Stretch {
  readonly ms: number;
  readonly anonMib: number;
  readonly cacheMib: number;
  readonly refaults: number;
  readonly swapIns: number;
  readonly stallUs: number;
  readonly stalls: number;
  readonly killed: boolean;
  readonly inflateToMib: number | undefined;
}

const often = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const stretchArbitrary: fc.Arbitrary<Stretch> = fc.record({
  ms: fc.integer({ min: 50, max: 4000 }),
  anonMib: often(0, fc.integer({ min: -200, max: 500 })),
  cacheMib: often(0, fc.integer({ min: 1, max: 200 })),
  refaults: often(0, fc.integer({ min: 20, max: 20_000 })),
  swapIns: often(0, fc.integer({ min: 1, max: 1000 })),
  stallUs: often(0, fc.integer({ min: 500, max: 400_000 })),
  stalls: often(0, fc.integer({ min: 1, max: 20 })),
  killed: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  inflateToMib: often<number | undefined>(undefined, fc.integer({ min: 0, max: 600 })),
});

/** A guest that lives through some stretches, beside a host that grants, refuses or is unacknowledged. */
export const sceneArbitrary: fc.Arbitrary<() => Scene> = fc
  .record({
    stretches: fc.array(stretchArbitrary, { minLength: 1, maxLength: 8 }),
    anonMib: fc.integer({ min: 20, max: 600 }),
    balloonMib: fc.integer({ min: 0, max: 300 }),
    deflateOnOom: fc.boolean(),
    answerMs: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
    answer: fc.constantFrom("grant", "grant", "refuse"),
  })
  .map(({ stretches, anonMib, balloonMib, deflateOnOom, answerMs, answer }) => {
    const starts: number[] = [];
    let durationMs = 0;
    for (const { ms } of stretches) {
      starts.push(durationMs);
      durationMs += ms;
    }
    const inflate = stretches.flatMap(({ inflateToMib }, i): Inflation[] =>
      inflateToMib === undefined ? [] : [{ fromMs: starts[i] ?? 0, toBytes: inflateToMib * MIB }],
    );
    // Made anew for each playing: it counts.
    return () => ({
      fullBytes: FULL_MIB * MIB,
      swapBytes: 512 * MIB,
      anonBytes: anonMib * MIB,
      balloonBytes: balloonMib * MIB,
      deflateOnOom,
      durationMs,
      inflate,
      answer,
      ...(answerMs !== undefined && { answerMs }),
      each: (kernel, nowMs) => live(kernel, stretchAt(stretches, starts, nowMs), starts.includes(nowMs)),
    });
  });

function stretchAt(
  stretches: readonly Stretch[],
  starts: readonly number[],
  nowMs: number,
): Stretch | undefined {
  return stretches[starts.findLastIndex((startMs) => startMs <= nowMs)];
}

/** One millisecond; counters move each time by whole numbers. */
function live(kernel: Kernel, stretch: Stretch | undefined, begins: boolean): void {
  if (stretch === undefined) return;
  const { counters } = kernel;
  const grown = pages((stretch.anonMib * MIB) / 1000);
  kernel.anonBytes = Math.max(
    0,
    kernel.anonBytes + Math.min(grown, kernel.takeForPrograms(Math.max(0, grown))),
  );
  const readBytes = kernel.takeForCache(pages((stretch.cacheMib * MIB) / 1000));
  kernel.coldBytes += readBytes;
  counters.refaultPages += Math.round(stretch.refaults / 1000);
  counters.swapInPages += Math.round(stretch.swapIns / 1000);
  counters.stallUs += Math.round(stretch.stallUs / 1000);
  if (begins) counters.allocationStalls += stretch.stalls;
  if (begins && stretch.killed) counters.oomKills += 1;
}
