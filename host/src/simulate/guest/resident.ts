/** What the host holds for a guest: pages that were touched and not given back. */

/** Free page reporting: the guest's kernel tells of free pages after about two seconds (mm/page_reporting.c). */
const REPORTING_DELAY_MS = 2_000;
/** Of free memory: small fragments are never reported (`page_reporting_order`). */
const UNREPORTED_SHARE = 0.05;

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
    const unreportedBytes = (sizeBytes - usedBytes) * UNREPORTED_SHARE;
    const idleBytes = Math.max(0, this.bytes - usedBytes - unreportedBytes);
    this.bytes -= idleBytes * (1 - Math.exp(-elapsedMs / REPORTING_DELAY_MS));
  }
}
