/** Events and the history on disk, as the control API answers them. */
import { z } from "zod";
import { type BrokerEvent, EVENT_KINDS } from "../model/events.ts";
import type {
  GuestHistory,
  GuestPoint,
  GuestReportLine,
  GuestStep,
  HistoryReport,
  HistoryStep,
  HostPoint,
  KillAnswers,
  LendingPart,
  Moment,
  ProxmoxComparison,
} from "../model/history.ts";
import { DECISION } from "./explanation.ts";
import { bytes, count, type Fields, flag, moment, number, text, word } from "./fields.ts";
import { pressure, reason, regime } from "./status.ts";

export const EVENT: z.ZodType<BrokerEvent> = z
  .looseObject({
    id: count("counts up by one from the broker's start"),
    atMs: moment("when"),
    level: word<BrokerEvent["level"]>(["info", "warn", "error"], "how bad it is"),
    guest: text("whose; absent: the host's").exactOptional(),
    kind: word(EVENT_KINDS, "what it is"),
    text: text("in words"),
  } satisfies Fields<BrokerEvent>)
  .meta({ id: "Event", description: "Something that the broker did or saw." });

export const EVENTS: z.ZodType<{ readonly events: readonly BrokerEvent[] }> = z
  .looseObject({ events: z.array(EVENT) })
  .meta({ id: "Events", description: "Events, oldest first." });

/** A line of the event stream. */
export type FeedLine = BrokerEvent | { readonly dropped: number };
export const FEED_LINE: z.ZodType<FeedLine> = z
  .union([EVENT, z.strictObject({ dropped: count("events that this reader was too slow for") })])
  .meta({ id: "EventLine", description: "A line of the event stream." });

const TIMES = { atMs: moment("begin of the step"), stepMs: number("how long it is; ms") };
const FIGURES = {
  actualBytes: bytes("its memory less its balloon").exactOptional(),
  targetBytes: bytes("where its balloon was told to go").exactOptional(),
  usedBytes: bytes("actual less available").exactOptional(),
  freeBytes: bytes("what its kernel left idle, cache not counted").exactOptional(),
  floorBytes: bytes("what it must have").exactOptional(),
  wantBytes: bytes("floor and comfort").exactOptional(),
  maxBytes: bytes("the most that it may have").exactOptional(),
  reason: reason(),
  pressure: pressure().exactOptional(),
  hasAgent: flag("its agent was heard"),
  isObserved: flag("it was only observed"),
  oomKills: count("kills by its OOM killer in this step"),
};
const STEP = z.looseObject({ ...TIMES, ...FIGURES } satisfies Fields<GuestStep>);
const GUEST_POINT = z.looseObject({
  name: text("the guest's"),
  ...FIGURES,
} satisfies Fields<GuestPoint>);
const HOST_POINT = z.looseObject({
  totalBytes: bytes("its memory").exactOptional(),
  availableBytes: bytes("what is available").exactOptional(),
  budgetBytes: bytes("what all guests together may use").exactOptional(),
  chargedBytes: bytes("what all guests count for").exactOptional(),
  freeBytes: bytes("what may be promised").exactOptional(),
  regime: regime().exactOptional(),
} satisfies Fields<HostPoint>);

export const HISTORY_STEP: z.ZodType<HistoryStep> = z
  .looseObject({ ...TIMES, host: HOST_POINT, guests: z.array(GUEST_POINT) } satisfies Fields<HistoryStep>)
  .meta({ id: "HistoryStep", description: "Host and guests at a moment of the past." });

export const GUEST_HISTORY: z.ZodType<GuestHistory> = z
  .looseObject({
    name: text("the guest's"),
    points: z.array(STEP).meta({ description: "oldest first" }),
    moves: z.array(DECISION).meta({ description: "oldest first" }),
  } satisfies Fields<GuestHistory>)
  .meta({ id: "GuestHistory", description: "A guest's past." });

const AMOUNT: z.ZodType<Moment> = z
  .looseObject({ atMs: moment("begin of the step"), bytes: bytes("how much") } satisfies Fields<Moment>)
  .meta({ id: "Amount", description: "An amount and its time." });

const REPORT_LINE = z.looseObject({
  name: text("the guest's"),
  measuredMs: number("how long it was seen; ms"),
  unknownMs: number("how long its need was not known; ms"),
  agentMs: number("how long its agent was heard; ms"),
  observedMs: number("how long it was only observed; ms"),
  meanLendableBytes: bytes("what it could have lent, as a mean").exactOptional(),
  belowFloorMs: number("how long it had less than its floor; ms"),
  mostBelowFloor: AMOUNT.exactOptional(),
  mostTaken: AMOUNT.exactOptional(),
  oomKills: count("kills by its OOM killer"),
} satisfies Fields<GuestReportLine>);

const KILLS = z.looseObject({
  met: count("a demand would have had all that the balloon had"),
  metInPart: count("a demand would have had a part of it"),
  hostShort: count("the host had nothing to give"),
  atMaximum: count("the guest had its maximum: no demand helps"),
  unknown: count("the steps do not tell"),
} satisfies Fields<KillAnswers>);

const PROXMOX = z.looseObject({
  comparedMs: number("guests' time that is compared; ms"),
  agreeMs: number("the rule moves the balloon as act would; ms"),
  withholdsMs: number("act would give, the rule does not; ms"),
  takesNeededMs: number("the rule takes where act would leave; ms"),
  leavesIdleMs: number("act would take what is idle, the rule does not; ms"),
  givesMoreMs: number("the rule gives where act would leave; ms"),
  belowFloorMs: number("the rule's move leads below the floor; ms"),
  mostBelowFloor: z
    .looseObject({
      name: text("the guest's"),
      atMs: moment("begin of the step"),
      bytes: bytes("how far below the floor"),
    } satisfies Fields<NonNullable<ProxmoxComparison["mostBelowFloor"]>>)
    .exactOptional(),
} satisfies Fields<ProxmoxComparison>);

const LENDING = z.looseObject({
  atMs: moment("begin of the part"),
  stepMs: number("how long it is; ms"),
  lendableBytes: bytes("what all guests could have lent, as a mean").exactOptional(),
  lentBytes: bytes("what balloons had taken, as a mean").exactOptional(),
  hostAvailableBytes: bytes("what the host could hand out, as a mean").exactOptional(),
} satisfies Fields<LendingPart>);

export const HISTORY_REPORT: z.ZodType<HistoryReport> = z
  .looseObject({
    sinceMs: moment("begin, as it was wanted"),
    untilMs: moment("end, as it was wanted"),
    firstMs: moment("the first step; absent: nothing was remembered").exactOptional(),
    measuredMs: number("how long the steps are together; ms"),
    meanLendableBytes: bytes("what all guests could have lent, as a mean"),
    most: AMOUNT.exactOptional(),
    least: AMOUNT.exactOptional(),
    lendableByHour: z.array(
      z.looseObject({ hour: count("of the day, 0 to 23"), meanBytes: bytes("as a mean") }),
    ),
    meanLentBytes: bytes("what balloons had taken, as a mean"),
    regimes: z.record(z.string(), z.number()).meta({ description: "how long each regime lasted; ms" }),
    kills: KILLS,
    proxmox: PROXMOX.meta({
      description: "Proxmox's rule in the same time; absent: not told",
    }).exactOptional(),
    timeline: z.array(LENDING).meta({ description: "oldest first" }),
    guests: z.array(REPORT_LINE),
  } satisfies Fields<HistoryReport>)
  .meta({ id: "Report", description: "What could have been lent." });
