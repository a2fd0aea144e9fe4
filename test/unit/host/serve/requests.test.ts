import { describe, expect, it } from "vitest";
import { parseBalloonRequest, parseEventRange, parseTimeRange } from "../../../../host/src/serve/requests.ts";

describe("parseBalloonRequest", () => {
  it("reads a target with and without a time", () => {
    expect(parseBalloonRequest('{"target":1048576}')).toEqual({ ok: true, value: { target: 1048576 } });
    expect(parseBalloonRequest('{"target":"auto"}')).toEqual({ ok: true, value: { target: "auto" } });
    expect(parseBalloonRequest('{"target":5,"forMs":1000}')).toEqual({
      ok: true,
      value: { target: 5, forMs: 1000 },
    });
  });

  it.each([
    "",
    "[]",
    "null",
    "{}",
    '{"target":-1}',
    '{"target":0}',
    '{"target":1.5}',
    '{"target":1e300}',
    '{"target":"1GiB"}',
    '{"target":5,"forMs":0}',
    '{"target":5,"forMs":1e12}',
    '{"target":"auto","forMs":1000}',
    '{"target":5,"more":1}',
    "{".repeat(1000),
  ])("refuses %j with a sentence", (body) => {
    const request = parseBalloonRequest(body);
    expect(request.ok ? "" : request.message).toMatch(/send|JSON|meaning/);
  });
});

describe("parseTimeRange", () => {
  it("is the last two hours, or what is named", () => {
    expect(parseTimeRange({}, 7_300_000)).toEqual({
      ok: true,
      value: { sinceMs: 100_000, untilMs: 7_300_000 },
    });
    expect(parseTimeRange({ since: "5", until: "9" }, 100)).toEqual({
      ok: true,
      value: { sinceMs: 5, untilMs: 9 },
    });
    for (const query of [{ since: "x" }, { until: "-1" }, { since: "9", until: "5" }])
      expect(parseTimeRange(query, 100).ok).toBe(false);
  });
});

describe("parseEventRange", () => {
  it("has defaults and bounds", () => {
    expect(parseEventRange({})).toEqual({ ok: true, value: { afterId: 0, limit: 100 } });
    expect(parseEventRange({ after: "7", limit: "0" })).toEqual({
      ok: true,
      value: { afterId: 7, limit: 0 },
    });
    for (const query of [
      { after: "-1" },
      { after: "x" },
      { limit: "1001" },
      { limit: "1e2" },
      { after: "9".repeat(20) },
    ]) {
      expect(parseEventRange(query).ok).toBe(false);
    }
  });
});
