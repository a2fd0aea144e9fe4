/** Bounds that every input must keep, and the watch over its time. */
import { performance } from "node:perf_hooks";

/** Processor time that one input may take at most. A reader takes microseconds; a stall of this length would be felt by every guest. */
export const MOST_INPUT_MS = 100;
/** All memory of the process that fuzzes: what one input makes it hold must fit beside the program and the corpus. */
export const MOST_HEAP_MIB = 256;
/** An input that has not ended by then never ends. Generous: the machine may be busy. */
export const HUNG_MS = 30_000;
/** The first run of a reader also compiles it. */
const REPEATS = 3;
const US_PER_MS = 1000;

/** Runs one input. Gives the processor time that it took, in ms; of an input that took long, as the least of several runs. */
export async function timed(run: () => void | Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await run();
  const passedMs = performance.now() - startedMs;
  // Time that passed is cheaper to read, and never shorter than what the processor spent.
  if (passedMs <= MOST_INPUT_MS) return passedMs;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let left = REPEATS; left > 0; left--) leastMs = Math.min(leastMs, await processorMs(run));
  return leastMs;
}

async function processorMs(run: () => void | Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / US_PER_MS;
}
