/**
 * What the control API answers, checked before anything is shown: figures that are missing or no numbers would be printed as `NaN GiB`.
 * A newer broker may know more fields and more words than this command: they pass.
 */
import { z } from "zod";
import type { BrokerEvent } from "../../model/events.ts";
import type { MonitorAccess } from "../../model/guest.ts";
import type { GuestHistory, GuestReportLine, GuestStep, HistoryReport, Moment } from "../../model/history.ts";
import type { KsmGuestStatus, KsmStatus, UnmergeProgress } from "../../model/ksm-status.ts";
import type { LedgerView, Verdict } from "../../model/plan.ts";
import type {
  Explanation,
  GuestInfo,
  GuestStatus,
  HostStatus,
  KsmReport,
  Status,
} from "../../model/status.ts";

/** One field of `T` each: a field that is forgotten here does not compile. */
type Fields<T> = Record<keyof T, z.ZodType>;

/** A word of a set that may have grown since. */
function word<T extends string>() {
  return z.custom<T>((value) => typeof value === "string");
}

const text = z.string();
const flag = z.boolean();
const number = z.number();
const maybeText = text.exactOptional();
const maybeNumber = number.exactOptional();

const unmerge = z.looseObject({
  state: word<UnmergeProgress["state"]>(),
  startBytes: number,
  leftBytes: number,
  text,
} satisfies Fields<UnmergeProgress>);

const ksm = z.looseObject({
  mode: word<KsmStatus["mode"]>(),
  run: number,
  pagesSharing: number,
  savedBytes: number,
  pagesShared: number,
  reason: word<KsmStatus["reason"]>(),
  text,
  state: maybeText,
  problem: maybeText,
  pagesToScan: number,
  sleepMs: number,
  advisor: word<NonNullable<KsmStatus["advisor"]>>().exactOptional(),
  profitBytes: maybeNumber,
  fullScans: number,
  fullScanMs: maybeNumber,
  cpuPercent: maybeNumber,
  cpuSecondsTotal: maybeNumber,
  savedBytesPerCpuSecond: maybeNumber,
  yieldBytesPerCpuSecond: maybeNumber,
  pressurePercent: number,
  unmerge: unmerge.exactOptional(),
} satisfies Fields<KsmStatus>);

const ksmGuest = z.looseObject({
  merging: flag,
  reason: word<KsmGuestStatus["reason"]>(),
  trust: text,
  sharedBytes: maybeNumber,
  profitBytes: maybeNumber,
} satisfies Fields<KsmGuestStatus>);

const agent = z.looseObject({
  connected: flag,
  transport: word<NonNullable<GuestStatus["agent"]["transport"]>>().exactOptional(),
  version: maybeText,
  reportAgeMs: maybeNumber,
} satisfies Fields<GuestStatus["agent"]>);

const monitor = z.looseObject({
  mode: word<MonitorAccess["mode"]>(),
  worstWaitMs: maybeNumber,
} satisfies Fields<MonitorAccess>);

const guest = z.looseObject({
  name: text,
  source: word<GuestStatus["source"]>(),
  level: word<GuestStatus["level"]>(),
  lift: maybeText,
  state: word<GuestStatus["state"]>(),
  reason: word<GuestStatus["reason"]>(),
  detail: maybeText,
  mode: word<NonNullable<GuestStatus["mode"]>>().exactOptional(),
  manual: z
    .looseObject({ targetBytes: number, leftMs: maybeNumber } satisfies Fields<
      NonNullable<GuestStatus["manual"]>
    >)
    .exactOptional(),
  problem: maybeText,
  maxBytes: maybeNumber,
  minBytes: maybeNumber,
  actualBytes: maybeNumber,
  targetBytes: maybeNumber,
  usedBytes: maybeNumber,
  availableBytes: maybeNumber,
  floorBytes: maybeNumber,
  wantBytes: maybeNumber,
  residentBytes: maybeNumber,
  shares: number,
  pressure: word<NonNullable<GuestStatus["pressure"]>>().exactOptional(),
  agent,
  monitor: monitor.exactOptional(),
  oomKills: maybeNumber,
  ksm: ksmGuest.exactOptional(),
} satisfies Fields<GuestStatus>);

const host = z.looseObject({
  totalBytes: maybeNumber,
  availableBytes: maybeNumber,
  budgetBytes: maybeNumber,
  reserveBytes: maybeNumber,
  chargedBytes: maybeNumber,
  freeBytes: maybeNumber,
  residentBytes: maybeNumber,
  accounting: word<HostStatus["accounting"]>(),
  regime: word<NonNullable<HostStatus["regime"]>>().exactOptional(),
  psiSomeAvg10: maybeNumber,
} satisfies Fields<HostStatus>);

const ledger = z.looseObject({
  budgetBytes: number,
  reserveBytes: number,
  burstBytes: number,
  chargedBytes: number,
  freeBytes: number,
} satisfies Fields<LedgerView>);

const verdict = z.looseObject({
  name: text,
  source: word<Verdict["source"]>(),
  kind: word<Verdict["kind"]>(),
  reason: word<Verdict["reason"]>(),
  detail: maybeText,
  inhibition: word<NonNullable<Verdict["inhibition"]>>().exactOptional(),
  pressure: word<NonNullable<Verdict["pressure"]>>().exactOptional(),
  actualBytes: maybeNumber,
  targetBytes: maybeNumber,
  usedBytes: maybeNumber,
  availableBytes: maybeNumber,
  hotCacheBytes: maybeNumber,
  missesPerSecond: maybeNumber,
  headroomBytes: maybeNumber,
  vitalBytes: maybeNumber,
  systemBytes: maybeNumber,
  doubtedBytes: maybeNumber,
  growthBytesPerSecond: maybeNumber,
  floorBytes: maybeNumber,
  wantBytes: maybeNumber,
  entitledBytes: maybeNumber,
  giveBytes: maybeNumber,
  leastBytes: maybeNumber,
  deadBandBytes: maybeNumber,
  inflateBytesPerSecond: maybeNumber,
  inFlightBytes: maybeNumber,
  owedBytes: maybeNumber,
  chargeBytes: maybeNumber,
  exposureBytes: maybeNumber,
} satisfies Fields<Verdict>);

const move = z.looseObject({
  atMs: number,
  fromBytes: maybeNumber,
  toBytes: number,
  reason: word<Verdict["reason"]>(),
} satisfies Fields<Explanation["moves"][number]>);

const event = z.looseObject({
  id: number,
  atMs: number,
  level: word<BrokerEvent["level"]>(),
  guest: maybeText,
  kind: word<BrokerEvent["kind"]>(),
  text,
} satisfies Fields<BrokerEvent>);

/** A line of the event stream. */
export type FeedLine = BrokerEvent | { readonly dropped: number };
/** What was done, in words. */
export interface Done {
  readonly ok: boolean;
  readonly text: string;
}

export const HEALTH = z.looseObject({ ok: flag, version: text });
export const STATUS: z.ZodType<Status> = z.looseObject({
  version: text,
  mode: word<Status["mode"]>(),
  host,
  ksm: ksm.exactOptional(),
  guests: z.array(guest),
} satisfies Fields<Status>);
export const EXPLANATION: z.ZodType<Explanation> = z.looseObject({
  guest,
  regime: word<NonNullable<HostStatus["regime"]>>().exactOptional(),
  ledger: ledger.exactOptional(),
  verdict,
  moves: z.array(move),
} satisfies Fields<Explanation>);
export const GUEST_INFO: z.ZodType<GuestInfo> = z.looseObject({
  guest,
  facts: z.looseObject({}),
  nowMs: maybeNumber,
} satisfies Fields<GuestInfo>);
export const KSM_REPORT: z.ZodType<KsmReport> = z.looseObject({
  ksm: ksm.exactOptional(),
  guests: z.array(z.looseObject({ name: text, ksm: ksmGuest.exactOptional() })),
} satisfies Fields<KsmReport>);
const step = z.looseObject({
  atMs: number,
  stepMs: number,
  actualBytes: maybeNumber,
  targetBytes: maybeNumber,
  usedBytes: maybeNumber,
  floorBytes: maybeNumber,
  wantBytes: maybeNumber,
  maxBytes: maybeNumber,
  reason: word<Verdict["reason"]>(),
  pressure: word<NonNullable<GuestStatus["pressure"]>>().exactOptional(),
  hasAgent: flag,
  isObserved: flag,
  oomKills: number,
} satisfies Fields<GuestStep>);

export const GUEST_HISTORY: z.ZodType<GuestHistory> = z.looseObject({
  name: text,
  points: z.array(step),
  moves: z.array(move.extend({ name: text })),
} satisfies Fields<GuestHistory>);

const moment = z.looseObject({ atMs: number, bytes: number } satisfies Fields<Moment>);

const reportLine = z.looseObject({
  name: text,
  measuredMs: number,
  unknownMs: number,
  agentMs: number,
  observedMs: number,
  meanLendableBytes: maybeNumber,
  belowFloorMs: number,
  mostBelowFloor: moment.exactOptional(),
  mostTaken: moment.exactOptional(),
  oomKills: number,
} satisfies Fields<GuestReportLine>);

export const HISTORY_REPORT: z.ZodType<HistoryReport> = z.looseObject({
  sinceMs: number,
  untilMs: number,
  firstMs: maybeNumber,
  measuredMs: number,
  meanLendableBytes: number,
  most: moment.exactOptional(),
  least: moment.exactOptional(),
  lendableByHour: z.array(z.looseObject({ hour: number, meanBytes: number })),
  meanLentBytes: number,
  regimes: z.record(text, number),
  guests: z.array(reportLine),
} satisfies Fields<HistoryReport>);

export const EVENTS: z.ZodType<{ readonly events: readonly BrokerEvent[] }> = z.looseObject({
  events: z.array(event),
});
export const FEED_LINE: z.ZodType<FeedLine> = z.union([event, z.strictObject({ dropped: number })]);
export const DONE: z.ZodType<Done> = z.looseObject({ ok: flag, text });
export const REFUSAL = z.looseObject({ error: z.looseObject({ code: text, message: text }) });
