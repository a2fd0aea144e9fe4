/** All that the control API `/v1` does: the server's routes, the command's client and the OpenAPI document follow from these. */
import { z } from "zod";
import { DECISIONS, EXPLANATION, GUEST_INFO } from "./explanation.ts";
import { flag, text } from "./fields.ts";
import { operation } from "./operation.ts";
import { EVENTS, FEED_LINE, GUEST_HISTORY, HISTORY_REPORT, HISTORY_STEP } from "./past.ts";
import {
  BALLOON_REQUEST,
  DECISION_RANGE,
  EVENT_RANGE,
  KSM_REQUEST,
  MODE_REQUEST,
  MOMENT,
  TIME_RANGE,
} from "./requests.ts";
import { GUEST, GUESTS, HEALTH, HOST, KSM_REPORT, STATUS } from "./status.ts";
import { STREAM_MESSAGE } from "./stream.ts";

/** What was done, in words. */
export interface Done {
  readonly ok: boolean;
  readonly text: string;
}
export const DONE: z.ZodType<Done> = z
  .looseObject({ ok: flag("always true: a failure is an error"), text: text("what was done, in words") })
  .meta({ id: "Done", description: "It is done." });

export const OPERATIONS = {
  health: operation({
    ...{ method: "get", path: "/v1/health", summary: "Whether the broker answers" },
    ...{ answer: HEALTH, failures: [] },
  }),
  status: operation({
    ...{ method: "get", path: "/v1/status", summary: "Host, KSM and guests at one moment" },
    ...{ answer: STATUS, failures: [] },
  }),
  host: operation({
    ...{ method: "get", path: "/v1/host", summary: "The host" },
    ...{ answer: HOST, failures: [] },
  }),
  guests: operation({
    ...{ method: "get", path: "/v1/guests", summary: "All guests" },
    ...{ answer: GUESTS, failures: [] },
  }),
  guest: operation({
    ...{ method: "get", path: "/v1/guests/{name}", summary: "One guest" },
    ...{ answer: GUEST, failures: ["unknown-guest"] },
  }),
  explain: operation({
    ...{ method: "get", path: "/v1/guests/{name}/explain", summary: "Why a guest has what it has" },
    ...{ answer: EXPLANATION, failures: ["unknown-guest", "not-ready"] },
  }),
  info: operation({
    ...{ method: "get", path: "/v1/guests/{name}/info", summary: "The raw facts of a guest" },
    ...{ answer: GUEST_INFO, failures: ["unknown-guest", "not-ready"] },
  }),
  guestHistory: operation({
    ...{ method: "get", path: "/v1/guests/{name}/history", summary: "A guest's past, from the disk" },
    ...{ query: TIME_RANGE, answer: GUEST_HISTORY, failures: ["unknown-guest", "no-history"] },
  }),
  decisions: operation({
    ...{ method: "get", path: "/v1/decisions", summary: "Targets that were set lately: the last 50 a guest" },
    ...{ query: DECISION_RANGE, answer: DECISIONS, failures: [] },
  }),
  moment: operation({
    ...{ method: "get", path: "/v1/moment", summary: "All guests at a moment of the past, from the disk" },
    ...{ query: MOMENT, answer: HISTORY_STEP, failures: ["not-found", "no-history"] },
  }),
  report: operation({
    ...{ method: "get", path: "/v1/report", summary: "What could have been lent, from the disk" },
    ...{ query: TIME_RANGE, answer: HISTORY_REPORT, failures: ["no-history"] },
  }),
  events: operation({
    ...{ method: "get", path: "/v1/events", summary: "What the broker did and saw" },
    ...{ query: EVENT_RANGE, answer: EVENTS, failures: [] },
  }),
  eventStream: operation({
    ...{ method: "get", path: "/v1/events/stream", summary: "Past events, then each new one, a line each" },
    ...{ query: EVENT_RANGE, answer: FEED_LINE, media: "application/x-ndjson" },
    failures: ["too-many-streams"],
  }),
  stream: operation({
    ...{
      method: "get",
      path: "/v1/stream",
      summary: "A WebSocket: the status, then what changes, and events",
    },
    ...{ answer: STREAM_MESSAGE, isWebSocket: true, failures: ["upgrade-required"] },
  }),
  ksm: operation({
    ...{ method: "get", path: "/v1/ksm", summary: "KSM, and each guest's part in it" },
    ...{ answer: KSM_REPORT, failures: [] },
  }),
  metrics: operation({
    ...{ method: "get", path: "/metrics", summary: "Figures for Prometheus" },
    answer: z.string().meta({ id: "Metrics", description: "OpenMetrics text." }),
    ...{ media: "application/openmetrics-text", failures: [] },
  }),
  setBalloon: operation({
    ...{ method: "post", path: "/v1/guests/{name}/balloon", summary: "Set or end a manual target" },
    ...{ body: BALLOON_REQUEST, answer: DONE, failures: ["unknown-guest", "refused", "not-kept"] },
  }),
  setGuestMode: operation({
    ...{ method: "post", path: "/v1/guests/{name}/mode", summary: "Move a guest's balloon, or only observe" },
    ...{ body: MODE_REQUEST, answer: DONE, failures: ["unknown-guest", "refused", "not-kept"] },
  }),
  setMode: operation({
    ...{ method: "post", path: "/v1/mode", summary: "The same for all guests that there are now" },
    ...{ body: MODE_REQUEST, answer: DONE, failures: ["refused", "not-kept"] },
  }),
  commandKsm: operation({
    ...{ method: "post", path: "/v1/ksm", summary: "Switch KSM on or off, or unmerge all pages" },
    ...{ body: KSM_REQUEST, answer: DONE, failures: ["refused"] },
  }),
} as const;
