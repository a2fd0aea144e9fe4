import { describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  BALLOON_REQUEST,
  checkText,
  checkValue,
  DECISION_RANGE,
  EVENT_RANGE,
  KSM_REQUEST,
  MODE_REQUEST,
  TIME_RANGE,
  timesOf,
} from "../../../../host/src/api/requests.ts";

/** The sentence that refuses it. */
function refusalOf(schema: z.ZodType, given: unknown): string {
  const checked = checkValue(schema, given, "body");
  return checked.ok ? "" : checked.message;
}

describe("a body", () => {
  it.each(["", "hello", "{".repeat(1000)])("must be JSON: %j", (text) => {
    expect(checkText(MODE_REQUEST, text)).toEqual({ ok: false, message: "the body is not JSON" });
  });

  it("is taken as it is meant", () => {
    expect(checkText(MODE_REQUEST, '{"mode":"act"}')).toEqual({ ok: true, value: { mode: "act" } });
  });
});

describe("a balloon request", () => {
  it.each([{ target: 1048576 }, { target: "auto" }, { target: 5, forMs: 1000 }])(
    "has a target, with and without a time: %j",
    (request) => expect(BALLOON_REQUEST.parse(request)).toEqual(request),
  );

  it.each([
    [[], /^the body: .*expected object/],
    [null, /^the body: .*expected object/],
    [{}, /^target must be a number of bytes above 0, or "auto"$/],
    [{ target: -1 }, /^target must be/],
    [{ target: 0 }, /^target must be/],
    [{ target: 1.5 }, /^target must be/],
    [{ target: 1e300 }, /^target must be/],
    [{ target: "1GiB" }, /^target must be/],
    [{ target: 5, forMs: 0 }, /^forMs must be milliseconds, up to a week$/],
    [{ target: 5, forMs: 1e12 }, /^forMs must be/],
    [{ target: "auto", forMs: 1000 }, /^forMs has no meaning with the target "auto"$/],
    [{ target: 5, more: 1 }, /^the body: .*"more"/],
  ])("is refused with a sentence: %j", (request, sentence) => {
    expect(refusalOf(BALLOON_REQUEST, request)).toMatch(sentence);
  });
});

describe("a request for a mode or for KSM", () => {
  it("has one word of a few, and nothing else", () => {
    expect(MODE_REQUEST.parse({ mode: "act" })).toEqual({ mode: "act" });
    expect(KSM_REQUEST.parse({ order: "unmerge" })).toEqual({ order: "unmerge" });
    expect(refusalOf(MODE_REQUEST, { mode: "off" })).toMatch(/^mode must be "act"/);
    expect(refusalOf(KSM_REQUEST, { order: "start" })).toBe("order must be one of on, off, unmerge");
    expect(refusalOf(KSM_REQUEST, { order: "on", force: true })).toMatch(/"force"/);
  });
});

describe("a range of events or decisions", () => {
  it("has defaults", () => {
    expect(EVENT_RANGE.parse({})).toEqual({ after: 0, limit: 100 });
    expect(EVENT_RANGE.parse({ after: "7", limit: "0" })).toEqual({ after: 7, limit: 0 });
    expect(DECISION_RANGE.parse({ since: "1700000000000" })).toEqual({
      since: 1_700_000_000_000,
      limit: 100,
    });
  });

  it.each([
    { after: "-1" },
    { after: "x" },
    { after: "" },
    { limit: "1001" },
    { limit: "1e2" },
    { after: "9".repeat(20) },
  ])("has bounds: %j", (range) =>
    expect(refusalOf(EVENT_RANGE, range)).toMatch(/^(after|limit) must be a whole number/),
  );
});

describe("a range of time", () => {
  it("is the last two hours, or what is named", () => {
    const times = (range: object) => timesOf(TIME_RANGE.parse(range), 7_300_000);
    expect(times({})).toEqual({ sinceMs: 100_000, untilMs: 7_300_000 });
    expect(times({ until: "100" })).toEqual({ sinceMs: 0, untilMs: 100 });
    expect(times({ since: "5", until: "9" })).toEqual({ sinceMs: 5, untilMs: 9 });
  });

  it.each([{ since: "x" }, { until: "-1" }, { since: "9", until: "5" }])(
    "is refused where it is none: %j",
    (range) => {
      expect(refusalOf(TIME_RANGE, range)).toMatch(/must be/);
    },
  );
});
