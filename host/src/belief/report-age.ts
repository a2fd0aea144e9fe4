/**
 * How long a report waited before it was read. A broker that stood still finds the past in its sockets, oldest first, and must not take
 * it for the present. A guest's clock and the broker's run alike: a report that took longer than the quickest one has waited.
 */

/** Shorter waits are those of a busy host. Clocks that drift apart by 500 ppm, the most that NTP corrects, need 17 minutes for it. */
const WAITED_MS = 500;
/** Late reports over at least this time that are read no faster than they were written do not come out of a queue. */
const STEADY_MS = 200;
/** What waited is read at least this much faster than it was written. */
const QUEUE_SPEED = 2;

interface Moment {
  readonly readAtMs: number;
  readonly sampledAtMs: number;
}

/** Of one agent's reports, in the order in which they are read. */
export class ReportAge {
  #bootId: string | undefined;
  /** The least difference of the two clocks. */
  #offsetMs = Number.POSITIVE_INFINITY;
  /** The first report of a row of late ones. */
  #firstLate: Moment | undefined;
  #ageMs = 0;

  /** Of the last report that was read, in milliseconds: what was sent right after it is as old. */
  get lastMs(): number {
    return this.#ageMs;
  }

  /** How long a report waited, in milliseconds; 0 for one that came at once. The sample's time is the guest's own; NaN: it does not tell it. */
  of(bootId: string, untrustedSampledAtMs: number, readAtMs: number): number {
    const sampledAtMs = untrustedSampledAtMs;
    if (!Number.isSafeInteger(sampledAtMs)) return 0;
    if (bootId !== this.#bootId) this.#offsetMs = Number.POSITIVE_INFINITY;
    this.#bootId = bootId;
    this.#ageMs = this.#judge({ sampledAtMs, readAtMs });
    return this.#ageMs;
  }

  #judge(now: Moment): number {
    const offsetMs = now.readAtMs - now.sampledAtMs;
    const waitedMs = offsetMs - this.#offsetMs;
    if (waitedMs >= WAITED_MS && !this.#isSteady(now)) {
      this.#firstLate ??= now;
      return waitedMs;
    }
    // A guest's clock stands still while the guest is paused: all that it says from then on is late by as much.
    this.#offsetMs = waitedMs >= WAITED_MS ? offsetMs : Math.min(this.#offsetMs, offsetMs);
    this.#firstLate = undefined;
    return 0;
  }

  #isSteady({ readAtMs, sampledAtMs }: Moment): boolean {
    if (this.#firstLate === undefined) return false;
    const readMs = readAtMs - this.#firstLate.readAtMs;
    const writtenMs = sampledAtMs - this.#firstLate.sampledAtMs;
    return readMs >= STEADY_MS && writtenMs <= readMs * QUEUE_SPEED;
  }
}
