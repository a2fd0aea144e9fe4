/** One `ballast ksm unmerge`: watched from outside, given up when memory runs short. */

import type { KsmReadPort, KsmWritePort } from "../../model/ksm-ports.ts";
import type { UnmergeProgress } from "../../model/ksm-status.ts";
import type { Diary } from "../diary.ts";
import { formatMib } from "../phrases.ts";

const LOOK_MS = 250;

export interface TakingApartOptions {
  readonly reader: KsmReadPort;
  readonly writer: KsmWritePort;
  readonly diary: Diary;
  readonly startBytes: number;
  /** What must stay available; less ends it. */
  readonly leastAvailableBytes: number;
  readonly availableBytes: () => number;
}

export class TakingApart {
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  readonly #options: TakingApartOptions;
  #progress: UnmergeProgress;

  constructor(options: TakingApartOptions) {
    const { startBytes } = options;
    this.#options = options;
    this.#progress = {
      state: "running",
      startBytes,
      leftBytes: startBytes,
      text: "pages are being taken apart",
    };
    this.ended = this.#run();
  }

  get progress(): UnmergeProgress {
    return this.#progress;
  }

  async #run(): Promise<void> {
    const { writer, diary, startBytes, leastAvailableBytes, availableBytes } = this.#options;
    diary.note("info", "ksm", `taking ${formatMib(startBytes)} of merged pages apart`);
    const run = writer.unmerge();
    const timer = setInterval(() => {
      if (availableBytes() < leastAvailableBytes) run.stop();
      void this.#look();
    }, LOOK_MS);
    const state = await run.ended;
    clearInterval(timer);
    const leftBytes = await this.#look();
    const text = TEXTS[state](startBytes - leftBytes, leftBytes);
    this.#progress = { state, startBytes, leftBytes, text };
    diary.note(state === "done" ? "info" : "warn", "ksm", text);
  }

  async #look(): Promise<number> {
    const leftBytes = (await this.#options.reader.read())?.savedBytes ?? this.#progress.leftBytes;
    if (this.#progress.state === "running") this.#progress = { ...this.#progress, leftBytes };
    return leftBytes;
  }
}

const TEXTS = {
  done: (apart: number) => `${formatMib(apart)} are taken apart; nothing merges until ballast ksm on`,
  stopped: (apart: number, left: number) =>
    `given up as memory ran short: ${formatMib(apart)} are apart, ${formatMib(left)} stay merged`,
  failed: (apart: number, left: number) =>
    `the kernel gave up after ${formatMib(apart)}: ${formatMib(left)} stay merged; see the kernel's log, and that ballastd runs as root`,
} as const;
