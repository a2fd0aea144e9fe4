/** One running domain of libvirt as an entry of the broker: the admin's own limits, and the agent's socket. Pure. */

import type { SizeSetting } from "../model/host.ts";
import { type EntryDefaults, type GuestEntry, isGuestName } from "../model/inventory.ts";
import type { DomainDescription } from "./domain-xml.ts";

/** libvirt cuts a domain's name in the name of its folder (`virDomainDefGetShortName` in `src/conf/domain_conf.c`). */
const SHORT_NAME_CHARACTERS = 20;
/** Enough of a UUID to tell guests apart. */
const UUID_START = 8;

/** A running domain, as listed and described. */
export interface RunningDomain {
  readonly uuid: string;
  readonly id: number;
  readonly untrustedName: string;
  readonly live: DomainDescription;
  /** Its persistent definition; absent: it has none, or what is known of it is what runs. */
  readonly definition?: DomainDescription;
}

export function entryOf(domain: RunningDomain, domainsFolder: string, defaults: EntryDefaults): GuestEntry {
  const { uuid, id, untrustedName, live, definition } = domain;
  const { shares, trust } = { ...definition?.settings, ...live.settings };
  const shortName = [...untrustedName].slice(0, SHORT_NAME_CHARACTERS).join("");
  const agentPath = live.agentPort?.path;
  return {
    name: guestNameOf(domain),
    source: "libvirt",
    qmpPath: `${domainsFolder}/domain-${id}-${shortName}/monitor.sock`,
    domainUuid: uuid,
    ...(agentPath !== undefined && { agentPath }),
    min: minOf(domain) ?? defaults.min,
    max: defaults.max,
    shares: shares ?? defaults.shares,
    ...(trust !== undefined && { trust }),
  };
}

/** libvirt allows names that could not stand in a URL or a metric: such a domain goes by its UUID. */
export function guestNameOf({ untrustedName, uuid }: Pick<RunningDomain, "untrustedName" | "uuid">): string {
  return isGuestName(untrustedName) ? untrustedName : `domain-${uuid.slice(0, UUID_START)}`;
}

/** `<metadata>`, else what the definition sets the balloon to at start. Where that is all of the memory, libvirt filled it in. */
function minOf({ live, definition }: RunningDomain): SizeSetting | undefined {
  const bytes = live.settings.minBytes ?? definition?.settings.minBytes ?? startBytes(definition);
  return bytes === undefined ? undefined : { kind: "bytes", bytes };
}

function startBytes(definition: DomainDescription | undefined): number | undefined {
  if (definition === undefined || definition.currentBytes >= definition.memoryBytes) return undefined;
  return definition.currentBytes;
}
