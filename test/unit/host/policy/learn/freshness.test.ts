import { describe, expect, it } from "vitest";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import { bootAgeMs, freshReport, isBooting } from "../../../../../host/src/policy/learn/freshness.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";

describe("a report", () => {
  it("is acted on for 10 s: three heartbeats may be lost", () => {
    const facts = aGuest();
    expect(freshReport(facts, DEFAULT_TUNING, NOW + 10_000)).toBe(facts.report);
    expect(freshReport(facts, DEFAULT_TUNING, NOW + 10_001)).toBeUndefined();
  });

  it("is not acted on once its session has ended, however new it is", () => {
    const facts = aGuest({ facts: { agent: { connected: false, transport: "virtio-serial" } } });
    expect(freshReport(facts, DEFAULT_TUNING, NOW)).toBeUndefined();
  });
});

describe("a guest", () => {
  it("is booting for a minute by its own clock, whenever the broker saw it first", () => {
    const facts = aGuest({ report: { sampledAtMs: 59_999 }, facts: { bootSeenAtMs: 0 } });
    expect(isBooting(facts, DEFAULT_TUNING, NOW)).toBe(true);
    expect(isBooting(aGuest({ report: { sampledAtMs: 60_000 } }), DEFAULT_TUNING, NOW)).toBe(false);
  });

  it("without a report is as old as the broker knows it", () => {
    const facts = aGuest({ report: null, facts: { bootSeenAtMs: NOW - 60_000 } });
    expect(bootAgeMs(facts, NOW)).toBe(60_000);
    expect(isBooting(facts, DEFAULT_TUNING, NOW)).toBe(false);
    expect(isBooting(facts, DEFAULT_TUNING, NOW - 1)).toBe(true);
  });
});
