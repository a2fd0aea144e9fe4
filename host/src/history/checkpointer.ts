/**
 * Moves what was committed from the write-ahead log into the file, in a thread of its own: that waits for the disk, which the broker's
 * loop must not.
 */
import { Worker } from "node:worker_threads";

/** A text and not a file, so that it runs in a single executable as well. */
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(workerData);
  parentPort.on("message", () => database.exec("PRAGMA wal_checkpoint(PASSIVE)"));
`;
/** The thread only passes pages on. */
const LIMITS = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };

export class Checkpointer {
  readonly #worker: Worker;

  /** `onFailure` is called once, when the thread has ended by itself. */
  constructor(path: string, onFailure: () => void) {
    this.#worker = new Worker(PROGRAM, { eval: true, workerData: path, resourceLimits: LIMITS });
    this.#worker.once("error", onFailure);
    this.#worker.unref();
  }

  /** Begins a checkpoint. A writer does not wait for it. */
  checkpoint(): void {
    this.#worker.postMessage("checkpoint");
  }

  close(): void {
    this.#worker.removeAllListeners("error");
    this.#worker.on("error", () => {});
    void this.#worker.terminate();
  }
}
