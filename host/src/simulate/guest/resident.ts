/** What the host holds for a guest: pages that were touched and not given back. */

/** Free page reporting: the guest's kernel tells of free pages after about two seconds (mm/page_reporting.c). */
const REPORTING_DELAY_MS = 2_000;
/** Small fragments of free memory are never reported (`page_reporting_order`). */
const REPORTED_SHARE = 0.95;

/** Host memory behind one guest. */
export class Resident {
  readonly #reports: boolean;
  bytes: number;

  constructor(reports: boolean, bytes: number) {
    this.#reports = reports;
    this.bytes = bytes;
  }

  /** Lets time pass for a guest that uses `usedBytes` of `sizeBytes`. */
  advance(usedBytes: number, sizeBytes: number, elapsedMs: number): void {
    this.bytes = Math.min(sizeBytes, Math.max(this.bytes, usedBytes));
    if (!this.#reports) return;
    const idleBytes = (this.bytes - usedBytes) * REPORTED_SHARE;
    this.bytes -= idleBytes * (1 - Math.exp(-elapsedMs / REPORTING_DELAY_MS));
  }
}
