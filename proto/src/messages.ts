/** What travels between agent and broker, as plain data. The .proto files hold the meaning of each field. */

/** Judgement of the agent, in the order of the wire's numbers from 1. */
export const PRESSURES = ["none", "low", "moderate", "critical"] as const;
export type Pressure = (typeof PRESSURES)[number];

/** What a guest can do beyond the plain report, in the order of the wire's numbers from 1. */
export const CAPABILITIES = [
  "pressure-stall",
  "refaults",
  "balloon-size",
  "deflate-on-oom",
  "memory-locked",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const OS_FAMILIES = ["linux", "windows"] as const;
export type OsFamily = (typeof OS_FAMILIES)[number];

export const GOODBYE_REASONS = [
  "version",
  "unknown-session",
  "shutdown",
  "protocol",
  "rate",
  "superseded",
  "other-channel",
] as const;
export type GoodbyeReason = (typeof GOODBYE_REASONS)[number];

export const DEMAND_OUTCOMES = ["granted", "partial", "refused"] as const;
export type DemandOutcome = (typeof DEMAND_OUTCOMES)[number];

/** Numeric fields of a report, named as in report.proto. */
export const REPORT_NUMBERS = [
  "sampledAtMs",
  "totalBytes",
  "availableBytes",
  "freeBytes",
  "cacheBytes",
  "activeCacheBytes",
  "balloonBytes",
  "growthBytesPerSecond",
  "growthPeakBytesPerSecond",
  "touchBytesPerSecond",
  "demandReserveBytes",
  "intervalMs",
  "roundTripMs",
  "anonymousBytes",
  "sharedBytes",
  "dirtyBytes",
  "unevictableBytes",
  "slabReclaimableBytes",
  "hugetlbBytes",
  "committedBytes",
  "commitLimitBytes",
  "watermarkReserveBytes",
  "arcSizeBytes",
  "arcMinBytes",
  "arcAvailableBytes",
  "swapTotalBytes",
  "swapFreeBytes",
  "zramUsedBytes",
  "refaultFilePagesTotal",
  "refaultAnonPagesTotal",
  "scanDirectPagesTotal",
  "scanBackgroundPagesTotal",
  "stealPagesTotal",
  "allocationStallsTotal",
  "swapInPagesTotal",
  "swapOutPagesTotal",
  "majorFaultsTotal",
  "oomKillsTotal",
  "pageInKibTotal",
  "stallSomeUsTotal",
  "stallFullUsTotal",
  "agentCpuUsTotal",
  "agentPrivateBytes",
] as const;

/** Numeric fields of a demand, named as in report.proto. */
export const DEMAND_NUMBERS = [
  "needBytes",
  "availableBytes",
  "growthBytesPerSecond",
  "exhaustedInMs",
  "sampledAtMs",
  "balloonBytes",
  "totalBytes",
  "arcAvailableBytes",
] as const;

/** Fields of the tuning, named as in control.proto. */
export const TUNING_NUMBERS = [
  "minIntervalMs",
  "maxIntervalMs",
  "heartbeatMs",
  "significantBytes",
  "assumedGrowthBytesPerSecond",
  "helpMs",
] as const;

/** Fields of the notice, named as in control.proto. */
export const NOTICE_NUMBERS = ["targetBytes", "inflateBytes"] as const;

/** Non-negative safe integers, each absent when unknown. */
type Numbers<Names extends readonly string[]> = { readonly [Name in Names[number]]?: number | undefined };

/** One sample of a guest's memory; absent means unknown, never zero. */
export interface ReportFields extends Numbers<typeof REPORT_NUMBERS> {
  readonly pressure?: Pressure | undefined;
}

/** A demand for memory. */
export interface DemandFields extends Numbers<typeof DEMAND_NUMBERS> {
  readonly level?: Pressure | undefined;
}

/** How often the agent shall report and sample. */
export interface TuningSettings extends Numbers<typeof TUNING_NUMBERS> {}

/** A guest's first message; ids are 16 lower-case hex digits. */
export interface Hello {
  readonly type: "hello";
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly capabilities: readonly Capability[];
  readonly nonce: string;
  readonly bootId: string;
  readonly os?: OsFamily | undefined;
  readonly osVersion?: string | undefined;
  readonly agentVersion?: string | undefined;
  readonly pageSizeBytes?: number | undefined;
}

/** The host's answer to a Hello: the session begins. */
export interface Welcome {
  readonly type: "welcome";
  readonly version: number;
  readonly session: string;
  readonly nonce: string;
  readonly tuning?: TuningSettings | undefined;
}

/** The sender ends, or refuses, the session; the versions are the sender's. */
export interface Goodbye {
  readonly type: "goodbye";
  readonly reason?: GoodbyeReason | undefined;
  readonly minVersion?: number | undefined;
  readonly maxVersion?: number | undefined;
}

export interface Report extends ReportFields {
  readonly type: "report";
}

export interface Demand extends DemandFields {
  readonly type: "demand";
}

/** The host received envelopes up to `sequence`. */
export interface Ack {
  readonly type: "ack";
  readonly sequence: number;
}

/** The answer to the demand that came with sequence `demandSequence`. */
export interface DemandReply {
  readonly type: "demand-reply";
  readonly demandSequence: number;
  readonly outcome?: DemandOutcome | undefined;
  readonly grantedBytes: number;
  readonly targetBytes: number;
}

export interface Tuning extends TuningSettings {
  readonly type: "tuning";
}

/** The balloon is about to grow: what follows is not the guest's own growth. */
export interface InflationNotice extends Numbers<typeof NOTICE_NUMBERS> {
  readonly type: "inflation-notice";
}

export type Message =
  | Hello
  | Welcome
  | Goodbye
  | Report
  | Demand
  | Ack
  | DemandReply
  | Tuning
  | InflationNotice;

/** A message of a newer peer: to be counted, else ignored. */
export interface UnknownMessage {
  readonly type: "unknown";
}

/** One frame's, or one WebSocket message's, content. */
export interface Envelope<Body = Message> {
  /** 16 lower-case hex digits; absent before the Welcome. */
  readonly session?: string | undefined;
  /** Counts this sender's envelopes within the session, from 1. */
  readonly sequence: number;
  readonly message: Body;
}
