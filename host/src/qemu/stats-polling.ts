/** QEMU's polling of the balloon driver's statistics: switched on where it is off, and put back at the end. */
import type { QmpExecutor } from "../qmp/client.ts";
import { qomGet, qomSet } from "../qmp/commands.ts";
import { reported } from "../qmp/json.ts";

/** A balloon device and what its interval is. */
interface PolledDevice {
  /** QOM path of the object with the property. */
  readonly path: string;
  readonly pollingSeconds: number;
}

const PROPERTY = "guest-stats-polling-interval";
/** Proxmox's own value. It is set only where polling is off; another program's interval is never changed. */
const POLLING_SECONDS = 2;
/** Putting it back must not delay the end for longer. */
const RESTORE_DEADLINE_MS = 500;

/** Seconds between two questions; 0: QEMU asks none. Rejects with a `QmpError`. */
export async function readPollingSeconds(qmp: QmpExecutor, path: string): Promise<number> {
  return reported(await qomGet(qmp, path, PROPERTY)) ?? 0;
}

/** What was found before it was changed; it outlives a connection, as QEMU's setting does. */
export class StatsPolling {
  /** Path of the device whose interval was switched on. */
  #changedPath: string | undefined;

  /** Whether the interval is what the mode allows. */
  isSettled(balloon: PolledDevice, readOnly: boolean): boolean {
    return readOnly ? this.#changedPath !== balloon.path : balloon.pollingSeconds > 0;
  }

  /** Brings the interval to what the mode allows: set where polling is off, put back in `readOnly`. Resolves with the present interval. */
  async settle(qmp: QmpExecutor, balloon: PolledDevice, readOnly: boolean): Promise<number> {
    if (this.isSettled(balloon, readOnly)) return balloon.pollingSeconds;
    if (readOnly) return this.#putBack(qmp, balloon.path);
    await qomSet(qmp, balloon.path, PROPERTY, POLLING_SECONDS);
    this.#changedPath = balloon.path;
    return POLLING_SECONDS;
  }

  /** Puts back what was found; a QEMU that does not answer keeps it as it is. Never rejects. */
  async restore(qmp: QmpExecutor): Promise<void> {
    const path = this.#changedPath;
    if (path !== undefined) await this.#putBack(qmp, path).catch(() => undefined);
  }

  /** Only an interval of 0 is ever changed, so that is what was found. */
  async #putBack(qmp: QmpExecutor, path: string): Promise<number> {
    await qomSet(qmp, path, PROPERTY, 0, { deadlineMs: RESTORE_DEADLINE_MS });
    this.#changedPath = undefined;
    return 0;
  }
}
