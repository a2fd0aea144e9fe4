/** What clients may ask for: parsed strictly, each refusal with a sentence; pure. */

import type { ModeChoice } from "../model/settings.ts";
import { KSM_COMMANDS, type KsmCommand } from "../model/status.ts";

export const DEFAULT_EVENTS = 100;
export const MOST_EVENTS = 1000;
/** As long as the config's longest duration. */
const LONGEST_HOLD_MS = 7 * 24 * 3_600_000;

export type Request<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export interface BalloonRequest {
  readonly target: number | "auto";
  readonly forMs?: number;
}

/** The body of `POST /v1/guests/:name/balloon`. */
export function parseBalloonRequest(untrustedBody: string): Request<BalloonRequest> {
  const json = parseJson(untrustedBody);
  if (!json.ok) return json;
  const { target, forMs, ...others } = fieldsOf(json.value);
  const isTarget = target === "auto" || isCount(target, Number.MAX_SAFE_INTEGER);
  const isTime = forMs === undefined || isCount(forMs, LONGEST_HOLD_MS);
  if (!isTarget || !isTime || Object.keys(others).length > 0) {
    return {
      ok: false,
      message: 'send {"target": BYTES or "auto", "forMs": MILLISECONDS up to a week (optional)}',
    };
  }
  if (forMs === undefined) return { ok: true, value: { target } };
  if (target === "auto") return { ok: false, message: 'forMs has no meaning with the target "auto"' };
  return { ok: true, value: { target, forMs } };
}

/** The body of `POST /v1/mode` and `POST /v1/guests/:name/mode`. */
export function parseModeRequest(untrustedBody: string): Request<ModeChoice> {
  const json = parseJson(untrustedBody);
  if (!json.ok) return json;
  const { mode, ...others } = fieldsOf(json.value);
  if ((mode === "act" || mode === "observe" || mode === "config") && Object.keys(others).length === 0)
    return { ok: true, value: mode };
  return { ok: false, message: 'send {"mode": "act", "observe" or "config"}' };
}

/** The body of `POST /v1/ksm`. */
export function parseKsmRequest(untrustedBody: string): Request<KsmCommand> {
  const json = parseJson(untrustedBody);
  if (!json.ok) return json;
  const { order, ...others } = fieldsOf(json.value);
  const known = KSM_COMMANDS.find((name) => name === order);
  if (known === undefined || Object.keys(others).length > 0)
    return { ok: false, message: `send {"order": one of ${KSM_COMMANDS.join(", ")}}` };
  return { ok: true, value: known };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value <= most;
}

/** `?after=ID&limit=N` of the event routes. */
export function parseEventRange(query: {
  readonly after?: string;
  readonly limit?: string;
}): Request<{ afterId: number; limit: number }> {
  const afterId = parseCount(query.after ?? "0");
  const limit = parseCount(query.limit ?? String(DEFAULT_EVENTS));
  if (afterId === undefined) return { ok: false, message: "after must be an event's id, a whole number" };
  if (limit === undefined || limit > MOST_EVENTS) {
    return { ok: false, message: `limit must be a whole number up to ${MOST_EVENTS}` };
  }
  return { ok: true, value: { afterId, limit } };
}

const DEFAULT_SPAN_MS = 2 * 3_600_000;

/** `?since=MS&until=MS` of the history's routes, milliseconds since 1970; the last two hours if absent. */
export function parseTimeRange(
  query: { readonly since?: string; readonly until?: string },
  nowMs: number,
): Request<{ sinceMs: number; untilMs: number }> {
  const untilMs = parseCount(query.until ?? String(nowMs));
  const sinceMs = parseCount(query.since ?? String(Math.max(0, (untilMs ?? 0) - DEFAULT_SPAN_MS)));
  if (sinceMs === undefined || untilMs === undefined || sinceMs > untilMs)
    return { ok: false, message: "since and until are milliseconds since 1970, since before until" };
  return { ok: true, value: { sinceMs, untilMs } };
}

function parseJson(text: string): Request<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, message: "the body is not JSON" };
  }
}

function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
