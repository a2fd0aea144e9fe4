/** Finds balloons that do not follow their targets. */
import { MIB } from "../../model/bytes.ts";
import type { GuestView } from "../controller.ts";

/** A balloon so close to its target has arrived. */
const ARRIVED_WITHIN_BYTES = MIB;

interface Seen {
  readonly bootedAtMs: number | undefined;
  readonly actualBytes: number;
  readonly sinceMs: number;
}

/** Whether a guest's balloon is on its way. */
export function isMoving({ actualBytes, targetBytes }: GuestView): boolean {
  return targetBytes !== undefined && Math.abs(actualBytes - targetBytes) > ARRIVED_WITHIN_BYTES;
}

/** Any change of size counts as progress. */
export class ProgressWatch {
  readonly #patienceMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Whether a guest has not moved for longer than patience; to be asked at every look. */
  isStuck(guest: GuestView, nowMs: number): boolean {
    const { name, actualBytes, bootedAtMs } = guest;
    const seen = this.#seen.get(name);
    const isSame = seen?.actualBytes === actualBytes && seen.bootedAtMs === bootedAtMs;
    if (seen === undefined || !isSame || !isMoving(guest)) {
      this.#seen.set(name, { actualBytes, bootedAtMs, sinceMs: nowMs });
      return false;
    }
    return nowMs - seen.sinceMs >= this.#patienceMs;
  }
}
