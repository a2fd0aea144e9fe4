/** A thread that searches one target until its time is over. What it tries lies in shared memory: the other thread sees it after a crash. */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { MOST_HEAP_MIB } from "./bounds.ts";
import { readCorpus } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { Random } from "./random.ts";
import { Search } from "./search.ts";
import { BrokenPromiseError, type FuzzTarget } from "./target.ts";
import { PRESENT_HEAD_BYTES, type WorkerMessage, type WorkerOrder } from "./worker-order.ts";

/** Whose coverage leads the search. */
const PRODUCT = ["/host/", "/guest/", "/proto/", "/fuzz/toys/"];

const order = workerData as WorkerOrder;
const say = (message: WorkerMessage) => parentPort?.postMessage(message);

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const { target } = (await import(order.module)) as { readonly target: FuzzTarget };
const counts = new Int32Array(order.present, 0, 2);
const bytes = new Uint8Array(order.present, PRESENT_HEAD_BYTES);
const coverage = new Coverage(PRODUCT);
const search = new Search(target, coverage, new Random(order.seed), {
  trying: (input) => {
    const kept = input.subarray(0, bytes.length);
    bytes.set(kept);
    Atomics.store(counts, 1, kept.length);
    Atomics.add(counts, 0, 1);
  },
  found: (input) => say({ kind: "found", input }),
});

const endsAtMs = performance.now() + order.durationMs;
let fault = await search.begin([...target.seeds, ...readCorpus(order.target)]);
while (fault === undefined && performance.now() < endsAtMs) {
  fault = await search.step();
  const heldBytes = process.memoryUsage().arrayBuffers;
  if (heldBytes > MOST_HEAP_MIB * 1024 * 1024)
    fault = {
      input: bytes.slice(0, counts[1]),
      error: new BrokenPromiseError(`buffers of ${heldBytes} bytes are held`),
    };
}
if (fault !== undefined) say({ kind: "fault", input: fault.input, problem: describe(fault.error) });
say({ kind: "end", tried: search.tried, places: coverage.places, pool: search.poolSize });
coverage.stop();
// Servers of a target would keep the thread.
process.exit();
