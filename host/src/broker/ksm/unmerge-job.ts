/** One `ballast ksm unmerge`: it is watched while it runs, and stopped when memory runs short. */

import { formatMib } from "../../model/bytes.ts";
import type { KsmReader, KsmWriter } from "../../model/ksm-adapters.ts";
import type { UnmergeProgress } from "../../model/ksm-status.ts";
import type { EventLog } from "../event-log.ts";

const LOOK_MS = 250;

export interface UnmergeJobOptions {
  readonly reader: KsmReader;
  readonly writer: KsmWriter;
  readonly events: EventLog;
  readonly startBytes: number;
  /** Memory that must stay available; with less the job stops. */
  readonly leastAvailableBytes: number;
  readonly availableBytes: () => number;
}

export class UnmergeJob {
  /** Resolves when the job has ended. */
  readonly ended: Promise<void>;
  readonly #options: UnmergeJobOptions;
  #progress: UnmergeProgress;

  constructor(options: UnmergeJobOptions) {
    const { startBytes } = options;
    this.#options = options;
    this.#progress = {
      state: "running",
      startBytes,
      leftBytes: startBytes,
      text: "pages are being unmerged",
    };
    this.ended = this.#run();
  }

  get progress(): UnmergeProgress {
    return this.#progress;
  }

  async #run(): Promise<void> {
    const { writer, events, startBytes, leastAvailableBytes, availableBytes } = this.#options;
    events.add("info", "ksm", `unmerging ${formatMib(startBytes)}`);
    const run = writer.unmerge();
    const timer = setInterval(() => {
      if (availableBytes() < leastAvailableBytes) run.stop();
      void this.#observe();
    }, LOOK_MS);
    const state = await run.ended;
    clearInterval(timer);
    const leftBytes = await this.#observe();
    const text = TEXTS[state](startBytes - leftBytes, leftBytes);
    this.#progress = { state, startBytes, leftBytes, text };
    events.add(state === "done" ? "info" : "warn", "ksm", text);
  }

  async #observe(): Promise<number> {
    const leftBytes = (await this.#options.reader.read())?.savedBytes ?? this.#progress.leftBytes;
    if (this.#progress.state === "running") this.#progress = { ...this.#progress, leftBytes };
    return leftBytes;
  }
}

const TEXTS = {
  done: (apart: number) => `${formatMib(apart)} unmerged; nothing merges until ballast ksm on`,
  stopped: (apart: number, left: number) =>
    `stopped because memory ran short: ${formatMib(apart)} unmerged, ${formatMib(left)} still merged`,
  failed: (apart: number, left: number) =>
    `the kernel stopped after ${formatMib(apart)}: ${formatMib(left)} still merged; read the kernel's log, and run ballastd as root`,
} as const;
