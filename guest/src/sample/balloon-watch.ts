/** Notices when a balloon begins to move: its driver may have come, or come again, since its device was last looked at. */
import type { Vmstat } from "./linux-vmstat.ts";

/** Follows the kernel's counters of pages that went into balloons and came out. */
export class BalloonWatch {
  #pages = Number.NaN;
  #moves = false;

  /** Whether the balloon moved since the last reading, after it had stood still before. */
  begins({ balloonInflatePages = Number.NaN, balloonDeflatePages = Number.NaN }: Vmstat): boolean {
    const pages = balloonInflatePages + balloonDeflatePages;
    const moved = pages !== this.#pages && !Number.isNaN(this.#pages);
    const begins = moved && !this.#moves;
    this.#pages = pages;
    this.#moves = moved;
    return begins;
  }
}
