/** Domains and what libvirt is asked about them, in the broker's terms. */
import { ERROR_NUMBERS, LibvirtProtocolError, LibvirtRefusedError } from "./errors.ts";
import { EVENT_IDS } from "./events.ts";
import {
  type Caller,
  type CallOptions,
  CONNECT_GET_LIB_VERSION,
  CONNECT_GET_STATS,
  CONNECT_LIST_DOMAINS,
  DOMAIN_DEFINE_XML,
  DOMAIN_GET_JOB_STATS,
  DOMAIN_GET_XML,
  DOMAIN_LOOKUP_BY_NAME,
  DOMAIN_MEMORY_STATS,
  DOMAIN_SET_MEMORY,
  DOMAIN_SET_STATS_PERIOD,
  REGISTER_EVENT,
} from "./procedures.ts";
import { bytesOf, type DomainRef, type TypedParameter, textOf, uuidText } from "./wire.ts";

/** `virConnectListAllDomainsFlags`. */
const LIST = { active: 1 << 0, persistent: 1 << 2 } as const;
/** `virDomainXMLFlags`. With `VIR_DOMAIN_XML_SECURE` passwords are in it, so that a definition can be written back whole. */
const XML = { live: 0, inactive: 1 << 1, definition: (1 << 1) | (1 << 0) } as const;
/** `virDomainModificationImpact`. */
const AFFECT_LIVE = 1 << 0;
/** `virDomainStatsTypes`: state and balloon. */
const STATE_AND_BALLOON = (1 << 0) | (1 << 2);
/** `VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT`: what needs a QEMU that is busy with another job is left out. */
const NOWAIT = 1 << 29;
/** `VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN`. */
const MIGRATION_IN = 4;
/** `VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON`. */
const ACTUAL_BALLOON = 6;
/** libvirt 12 knows fewer than twenty. */
const MOST_MEMORY_STATS = 64;
const KIB = 1024;

/** A domain as libvirt lists it. */
export interface Domain {
  readonly uuid: string;
  readonly untrustedName: string;
  /** -1 while it does not run; another number at each start. */
  readonly id: number;
  /** How libvirt wants it named. */
  readonly ref: DomainRef;
}

/** Statistics and state by libvirt's names, such as `balloon.current`: numbers are those of the wire. */
export type DomainStats = ReadonlyMap<string, number>;

function domainOf(ref: DomainRef): Domain {
  return { uuid: uuidText(ref.uuid), untrustedName: textOf(ref.name), id: ref.id, ref };
}

/** A domain that is known by its UUID: libvirt looks at nothing else of a `ref`. */
export function domainByUuid(uuid: string, name: string): Domain {
  const bytes = Uint8Array.from(Buffer.from(uuid.replaceAll("-", ""), "hex"));
  return domainOf({ name: bytesOf(name), uuid: bytes, id: -1 });
}

/** Major, minor and release in one number: 9.0.0 is 9,000,000. */
export async function libraryVersion(caller: Caller): Promise<number> {
  return Number((await caller.call(CONNECT_GET_LIB_VERSION, {})).version);
}

/** Running domains; `persistent` only those that are defined as well. */
export async function listActive(caller: Caller, persistent = false): Promise<Domain[]> {
  const flags = LIST.active | (persistent ? LIST.persistent : 0);
  return (await caller.call(CONNECT_LIST_DOMAINS, { needResults: 1, flags })).domains.map(domainOf);
}

/** Whether it has a persistent definition. */
export async function isPersistent(caller: Caller, { uuid }: Domain): Promise<boolean> {
  const flags = LIST.persistent;
  const { domains } = await caller.call(CONNECT_LIST_DOMAINS, { needResults: 1, flags });
  return domains.some((ref) => uuidText(ref.uuid) === uuid);
}

export async function findByName(caller: Caller, name: string): Promise<Domain | undefined> {
  try {
    return domainOf((await caller.call(DOMAIN_LOOKUP_BY_NAME, { name: bytesOf(name) })).domain);
  } catch (error) {
    if (error instanceof LibvirtRefusedError && error.number === ERROR_NUMBERS.noDomain) return undefined;
    throw error;
  }
}

/** The XML of what runs, of what is defined, or of that with its passwords. */
export async function domainXml(
  caller: Caller,
  domain: Domain,
  which: keyof typeof XML,
  options: CallOptions = {},
): Promise<string> {
  const args = { domain: domain.ref, flags: XML[which] };
  const { xml } = await caller.call(DOMAIN_GET_XML, args, { ...options, ...about(domain) });
  return textOf(xml);
}

/** Replaces the persistent definition. */
export async function defineXml(caller: Caller, xml: string): Promise<Domain> {
  const { domain } = await caller.call(DOMAIN_DEFINE_XML, { xml: bytesOf(xml), flags: 0 });
  return domainOf(domain);
}

/** Commands a balloon target for what runs, not for the definition. Rounded down to whole KiB. */
export async function setMemory(caller: Caller, domain: Domain, targetBytes: number): Promise<void> {
  const memory = BigInt(Math.floor(targetBytes / KIB));
  const args = { domain: domain.ref, memory, flags: AFFECT_LIVE };
  await caller.call(DOMAIN_SET_MEMORY, args, { ...about(domain), urgent: true });
}

/** Seconds between two answers of the driver, for what runs; 0: none. */
export async function setStatsPeriod(
  caller: Caller,
  domain: Domain,
  seconds: number,
  options: CallOptions = {},
): Promise<void> {
  const args = { domain: domain.ref, period: seconds, flags: AFFECT_LIVE };
  await caller.call(DOMAIN_SET_STATS_PERIOD, args, { ...options, ...about(domain) });
}

/** State and balloon; statistics are missing where QEMU is busy with another job. */
export async function domainStats(
  caller: Caller,
  domain: Domain,
  options: CallOptions = {},
): Promise<DomainStats> {
  const args = { domains: [domain.ref], stats: STATE_AND_BALLOON, flags: NOWAIT };
  const { records } = await caller.call(CONNECT_GET_STATS, args, { ...options, ...about(domain) });
  const [record] = records;
  if (record === undefined)
    throw new LibvirtProtocolError("it knows the domain and gives no statistics of it");
  return new Map(record.typedParameters.flatMap(numberOf));
}

/** The balloon's size as QEMU tells it now; {@link domainStats} has the last event's, which may be a second older. Absent: no balloon. */
export async function queryActualBytes(
  caller: Caller,
  domain: Domain,
  options: CallOptions = {},
): Promise<number | undefined> {
  const args = { domain: domain.ref, mostStats: MOST_MEMORY_STATS, flags: 0 };
  const { stats } = await caller.call(DOMAIN_MEMORY_STATS, args, { ...options, ...about(domain) });
  const found = stats.find(({ tag }) => tag === ACTUAL_BALLOON);
  return found && Number(found.value) * KIB;
}

/**
 * What libvirt itself does with the domain, as `virDomainJobOperation`; `undefined`: nothing. (Its "control info" tells of calls alone that
 * are under way, and nothing of a backup.) Waits while another program's call uses the domain's QEMU: {@link domainStats} tells of that.
 */
export async function currentJob(
  caller: Caller,
  domain: Domain,
  options: CallOptions = {},
): Promise<number | undefined> {
  const args = { domain: domain.ref, flags: 0 };
  try {
    const all = { ...options, ...about(domain) };
    const { type, typedParameters } = await caller.call(DOMAIN_GET_JOB_STATS, args, all);
    return type === 0 ? undefined : (new Map(typedParameters.flatMap(numberOf)).get("operation") ?? 0);
  } catch (error) {
    // "migration statistics are available only on the source host".
    if (error instanceof LibvirtRefusedError && error.number === ERROR_NUMBERS.operationUnsupported)
      return MIGRATION_IN;
    throw error;
  }
}

/** Registers for all events that are followed; those that this libvirt does not know are left out. */
export async function registerEvents(caller: Caller): Promise<void> {
  for (const eventId of EVENT_IDS) {
    try {
      await caller.call(REGISTER_EVENT, { eventId, domain: null });
    } catch (error) {
      if (!(error instanceof LibvirtRefusedError)) throw error;
    }
  }
}

function about({ uuid }: Domain): CallOptions {
  return { key: uuid };
}

function numberOf({ field, value: { value } }: TypedParameter): [string, number][] {
  return value instanceof Uint8Array ? [] : [[textOf(field), Number(value)]];
}
