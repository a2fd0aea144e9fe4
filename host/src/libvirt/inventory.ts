/** Finds the running domains of libvirt; reads a domain's XML anew only after an event that says that it changed. */
import type { EntryDefaults, FoundGuests, GuestEntry, GuestInventory } from "../model/inventory.ts";
import type { LibvirtConnection } from "./connection.ts";
import { type DomainDescription, describeDomain } from "./domain-xml.ts";
import { entryOf, guestNameOf, type RunningDomain } from "./entries.ts";
import { type Domain, domainXml, listActive } from "./rpc/domains.ts";
import { LibvirtError } from "./rpc/errors.ts";

export interface LibvirtInventoryOptions {
  readonly connection: LibvirtConnection;
  /** Where each domain has a folder of its own with its monitor's socket. */
  readonly domainsFolder: string;
  readonly defaults: EntryDefaults;
  /** Whether it is told that there is no libvirt. */
  readonly isExpected: boolean;
}

/** Follows the connection until `close`, and does not end it. */
export function createLibvirtInventory(options: LibvirtInventoryOptions): GuestInventory {
  const inventory = new LibvirtInventory(options);
  return { list: () => inventory.list(), close: async () => inventory.close() };
}

interface Known {
  readonly id: number;
  readonly isPersistent: boolean;
  readonly entry?: GuestEntry;
  readonly problems: readonly string[];
}

class LibvirtInventory {
  readonly #options: LibvirtInventoryOptions;
  /** By UUID. */
  #known = new Map<string, Known>();
  /** UUIDs of domains whose XML may have changed since it was read. */
  readonly #changed = new Set<string>();
  readonly #unfollow: () => void;

  constructor(options: LibvirtInventoryOptions) {
    this.#options = options;
    this.#unfollow = options.connection.follow({
      // Events were missed.
      onUp: () => {
        for (const uuid of this.#known.keys()) this.#changed.add(uuid);
      },
      onEvent: (event) => {
        if (event.kind !== "balloon" && event.kind !== "reboot") this.#changed.add(event.uuid);
      },
    });
  }

  /** Where libvirt cannot be asked, guests stay as they were known: none is let go for that. */
  async list(): Promise<FoundGuests> {
    const { connection } = this.#options;
    await connection.firstAttempt;
    try {
      await this.#update();
      return this.#found([]);
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      const isMissed = this.#options.isExpected || this.#known.size > 0 || connection.isInstalled;
      return this.#found(isMissed ? [connection.problem ?? error.inWords] : []);
    }
  }

  close(): void {
    this.#unfollow();
  }

  async #update(): Promise<void> {
    const { connection } = this.#options;
    const [all, persistent] = await Promise.all([listActive(connection), listActive(connection, true)]);
    const persistentIds = new Set(persistent.map(({ uuid }) => uuid));
    const reads = all.map(async (domain): Promise<[string, Known]> => {
      const isPersistent = persistentIds.has(domain.uuid);
      return [domain.uuid, this.#unchanged(domain, isPersistent) ?? (await this.#read(domain, isPersistent))];
    });
    this.#known = new Map(await Promise.all(reads));
    for (const uuid of this.#changed) if (!this.#known.has(uuid)) this.#changed.delete(uuid);
  }

  #unchanged({ uuid, id }: Domain, isPersistent: boolean): Known | undefined {
    const known = this.#known.get(uuid);
    const isSame = known?.id === id && known.isPersistent === isPersistent && !this.#changed.has(uuid);
    return isSame ? known : undefined;
  }

  /** A domain whose XML makes no sense keeps its entry and says so; the others are not concerned. */
  async #read(domain: Domain, isPersistent: boolean): Promise<Known> {
    const { domainsFolder, defaults } = this.#options;
    const { uuid, id, untrustedName } = domain;
    this.#changed.delete(uuid);
    try {
      const running: RunningDomain = {
        uuid,
        id,
        untrustedName,
        ...(await this.#describe(domain, isPersistent)),
      };
      const entry = entryOf(running, domainsFolder, defaults);
      const found = new Set([...running.live.problems, ...(running.definition?.problems ?? [])]);
      return { id, isPersistent, entry, problems: [...found].map((text) => `${entry.name}: ${text}`) };
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      this.#changed.add(uuid);
      const before = this.#known.get(uuid);
      const kept = before?.id === id ? before.entry : undefined;
      const problem = `${guestNameOf(domain)}: ${error.inWords}`;
      return { id, isPersistent, ...(kept !== undefined && { entry: kept }), problems: [problem] };
    }
  }

  async #describe(
    domain: Domain,
    isPersistent: boolean,
  ): Promise<{ live: DomainDescription; definition?: DomainDescription }> {
    const { connection } = this.#options;
    const live = describeDomain(await domainXml(connection, domain, "live"));
    if (!isPersistent) return { live };
    return { live, definition: describeDomain(await domainXml(connection, domain, "inactive")) };
  }

  #found(problems: readonly string[]): FoundGuests {
    const known = [...this.#known.values()];
    const entries = known.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    return {
      entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
      problems: [...problems, ...known.flatMap((one) => one.problems)],
    };
  }
}
