/** How often a domain's driver is asked for statistics: set only where it is not asked at all, and put back. */
import type { DomainDescription } from "./domain-xml.ts";
import { type Domain, setStatsPeriod } from "./rpc/domains.ts";
import type { Caller } from "./rpc/procedures.ts";

/** As for QEMUs without libvirt, and Proxmox's own value. An admin's period is never changed. */
const PERIOD_SECONDS = 2;
const RESTORE_DEADLINE_MS = 500;

/** What was changed outlives a connection, as libvirt's setting does. */
export class StatsPeriod {
  readonly #caller: Caller;
  readonly #domain: Domain;
  #isOurs = false;

  constructor(caller: Caller, domain: Domain) {
    this.#caller = caller;
    this.#domain = domain;
  }

  /** Brings the period to what the mode allows: set where none is, put back in `readOnly`. Resolves with what it is now, in seconds. */
  async settle(description: DomainDescription, readOnly: boolean): Promise<number> {
    if (!description.hasBalloon) return 0;
    if (this.#isOurs) return readOnly ? this.#putBack() : PERIOD_SECONDS;
    if (description.statsPeriodSeconds > 0 || readOnly) return description.statsPeriodSeconds;
    await setStatsPeriod(this.#caller, this.#domain, PERIOD_SECONDS);
    this.#isOurs = true;
    return PERIOD_SECONDS;
  }

  /** The QEMU in which it was set is gone. */
  forget(): void {
    this.#isOurs = false;
  }

  /** Puts back what was found; where libvirt does not answer it stays. Never rejects. */
  async restore(): Promise<void> {
    if (this.#isOurs) await this.#putBack().catch(() => undefined);
  }

  /** Only a period of 0 is ever changed, so that is what was found. */
  async #putBack(): Promise<number> {
    await setStatsPeriod(this.#caller, this.#domain, 0, { deadlineMs: RESTORE_DEADLINE_MS });
    this.#isOurs = false;
    return 0;
  }
}
