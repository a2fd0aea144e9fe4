/** What clients may ask for, checked strictly. */
import { z } from "zod";
import { KSM_COMMANDS, type KsmCommand } from "../model/status.ts";

const DEFAULT_EVENTS = 100;
const MOST_EVENTS = 1000;
/** As long as the config's longest duration. */
const LONGEST_MANUAL_MS = 7 * 24 * 3_600_000;
/** More digits than any time or id has, and few enough to be exact. */
const WHOLE_NUMBER = /^\d{1,15}$/;

/** A whole number in a URL, up to `most`. */
function whole(description: string, most = Number.MAX_SAFE_INTEGER) {
  const isMeant = (given: string) => WHOLE_NUMBER.test(given) && Number(given) <= most;
  const limit = most === Number.MAX_SAFE_INTEGER ? "" : ` up to ${most}`;
  return z
    .string()
    .refine(isMeant, `must be a whole number${limit}`)
    .transform(Number)
    .meta({ type: "integer", minimum: 0, maximum: most, description });
}

/** The query of the event routes. */
export const EVENT_RANGE = z.object({
  after: whole("only events with a higher id").default(0),
  limit: whole("the newest so many of them", MOST_EVENTS).default(DEFAULT_EVENTS),
});
export type EventRange = z.output<typeof EVENT_RANGE>;

export const DECISION_RANGE = z.object({
  since: whole("only decisions of this time or later, milliseconds since 1970").default(0),
  limit: whole("the newest so many of them", MOST_EVENTS).default(DEFAULT_EVENTS),
});

const DEFAULT_SPAN_MS = 2 * 3_600_000;

export const TIME_RANGE = z
  .object({
    since: whole("milliseconds since 1970; two hours before the end if absent").exactOptional(),
    until: whole("milliseconds since 1970; now if absent").exactOptional(),
  })
  .refine(
    ({ since, until }) => since === undefined || until === undefined || since <= until,
    "since must be before until",
  );

export const MOMENT = z.object({ at: whole("milliseconds since 1970") });

/** The bounds of a time range at `nowMs`, wall clock. */
export function timesOf(
  { since, until = undefined }: z.output<typeof TIME_RANGE>,
  nowMs: number,
): { readonly sinceMs: number; readonly untilMs: number } {
  const untilMs = until ?? nowMs;
  return { sinceMs: since ?? Math.max(0, untilMs - DEFAULT_SPAN_MS), untilMs };
}

const positive = (most: number, error: string) => z.int({ error }).min(1, { error }).max(most, { error });
const TARGET_TEXT = 'must be a number of bytes above 0, or "auto"';

export const BALLOON_REQUEST = z
  .strictObject({
    target: z
      .union([positive(Number.MAX_SAFE_INTEGER, TARGET_TEXT), z.literal("auto")], { error: TARGET_TEXT })
      .meta({ description: "bytes; auto: balanced by the broker again" }),
    forMs: positive(LONGEST_MANUAL_MS, "must be milliseconds, up to a week")
      .meta({ description: "how long it holds; until it is ended if absent" })
      .exactOptional(),
  })
  .refine(({ target, forMs }) => target !== "auto" || forMs === undefined, {
    error: 'has no meaning with the target "auto"',
    path: ["forMs"],
  })
  .meta({ id: "BalloonRequest", description: "A manual target." });
export type BalloonRequest = z.output<typeof BALLOON_REQUEST>;

export const MODE_REQUEST = z
  .strictObject({
    mode: z.enum(["act", "observe", "config"], { error: 'must be "act", "observe" or "config"' }),
  })
  .meta({ id: "ModeRequest", description: "Whether balloons are moved; config: as the config says." });

export const KSM_REQUEST: z.ZodType<{ readonly order: KsmCommand }> = z
  .strictObject({ order: z.enum(KSM_COMMANDS, { error: `must be one of ${KSM_COMMANDS.join(", ")}` }) })
  .meta({ id: "KsmRequest", description: "A command for KSM." });

/** What a request says, or what is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** The body, which must be JSON. */
export function checkText(schema: z.ZodType, untrustedText: string): Checked {
  let untrusted: unknown;
  try {
    untrusted = JSON.parse(untrustedText);
  } catch {
    return { ok: false, message: "the body is not JSON" };
  }
  return checkValue(schema, untrusted, "body");
}

export function checkValue(schema: z.ZodType, untrusted: unknown, part: "body" | "query"): Checked {
  const checked = schema.safeParse(untrusted);
  if (checked.success) return { ok: true, value: checked.data };
  return { ok: false, message: describeIssues(checked.error, part) };
}

/** What is wrong, in a sentence: `target must be …`. */
function describeIssues(error: z.ZodError, part: "body" | "query"): string {
  const [first] = error.issues;
  if (first === undefined) return `the ${part} is not what is expected`;
  const place = first.path.join(".");
  return place === "" ? `the ${part}: ${first.message}` : `${place} ${first.message}`;
}
