/** Fuzzes one target in a thread of its own, with bounds on its time and memory, and tells what came of it. */
import { Worker } from "node:worker_threads";
import { HUNG_MS, MOST_HEAP_MIB } from "./bounds.ts";
import { PRESENT_BYTES, PRESENT_HEAD_BYTES, type WorkerMessage, type WorkerOrder } from "./worker-order.ts";

/** What a session found. */
export interface SessionResult {
  readonly target: string;
  readonly tried: number;
  /** Functions and parts of functions of the product that were reached. */
  readonly places: number;
  /** Inputs that reached something new. */
  readonly found: readonly Uint8Array[];
  readonly fault?: { readonly input: Uint8Array; readonly problem: string };
}

/** What is fuzzed, and for how long. */
export interface SessionOptions {
  /** Name of the folder of its corpus. */
  readonly target: string;
  /** The file that exports it. */
  readonly module: URL;
  readonly seed: number;
  readonly durationMs: number;
  /** An input that has not ended by then never ends. */
  readonly hungMs?: number;
}

/** Runs for `durationMs`, or until an input breaks a promise, hangs, or takes too much memory. */
export async function fuzz(options: SessionOptions): Promise<SessionResult> {
  const { target, seed, durationMs, hungMs = HUNG_MS } = options;
  const present = new SharedArrayBuffer(PRESENT_BYTES);
  const order: WorkerOrder = { target, module: options.module.href, seed, durationMs, present };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
  });
  const found: Uint8Array[] = [];
  let end = { tried: 0, places: 0 };
  let fault: SessionResult["fault"];
  worker.on("message", (message: WorkerMessage) => {
    if (message.kind === "found") found.push(message.input);
    else if (message.kind === "fault") fault = message;
    else end = message;
  });
  const broken = await ended(worker, present, hungMs);
  if (broken !== undefined) {
    fault ??= { input: presentInput(present), problem: broken };
    end = { ...end, tried: new Int32Array(present, 0, 1)[0] ?? 0 };
  }
  return { target, ...end, found, ...(fault === undefined ? {} : { fault }) };
}

/** Waits for the thread's end; says what ended it if it did not end by itself. */
function ended(worker: Worker, present: SharedArrayBuffer, hungMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const watch = watchProgress(present, hungMs, () => {
      resolve(`has not ended after ${hungMs} ms`);
      void worker.terminate();
    });
    worker.on("error", (error) => resolve(error.stack ?? error.message));
    worker.on("exit", () => {
      clearInterval(watch);
      resolve(undefined);
    });
  });
}

/** Calls `hung` once when no input was begun for so long. */
function watchProgress(present: SharedArrayBuffer, hungMs: number, hung: () => void): NodeJS.Timeout {
  const counts = new Int32Array(present, 0, 1);
  let last = 0;
  const watch = setInterval(() => {
    const now = Atomics.load(counts, 0);
    // Nothing was begun yet while the target is still loading.
    if (now === last && now > 0) {
      clearInterval(watch);
      hung();
    }
    last = now;
  }, hungMs);
  return watch;
}

function presentInput(present: SharedArrayBuffer): Uint8Array {
  const length = new Int32Array(present, 0, 2)[1] ?? 0;
  return new Uint8Array(present, PRESENT_HEAD_BYTES, length).slice();
}
