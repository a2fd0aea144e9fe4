/** When a call for memory is sent, repeated and held back. */
import { describe, expect, it } from "vitest";
import {
  DEFAULT_HELP_MS,
  DemandGate,
  type Had,
  LONGEST_REPEAT_MS,
  REFUSED_MS,
  REPEAT_MS,
} from "../../../../guest/src/judgement/demand-gate.ts";
import type { DemandDecision } from "../../../../guest/src/judgement/forecast.ts";

const MIB = 1024 * 1024;
const DEMAND: DemandDecision = { reason: "runs-out", level: "moderate", needBytes: 100 * MIB };
const AVAILABLE_BYTES = 20 * MIB;

function had(totalMib: number, availableBytes = AVAILABLE_BYTES): Had {
  return { memoryBytes: totalMib * MIB, availableBytes };
}

/** One that has sent a demand at 0. */
function demanded(): DemandGate {
  const gate = new DemandGate();
  gate.sent(DEMAND, 0, had(160));
  return gate;
}

/** When demands go out in so long, wanted every 10 ms; `each` is told of every one. */
function sentTimes(gate: DemandGate, untilMs: number, each: (atMs: number) => void = () => {}): number[] {
  const times: number[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 10) {
    gate.observe(nowMs, had(160));
    if (!gate.shouldSend(DEMAND, nowMs, AVAILABLE_BYTES)) continue;
    gate.sent(DEMAND, nowMs, had(160));
    times.push(nowMs);
    each(nowMs);
  }
  return times;
}

describe("sending", () => {
  it("sends the first demand at once", () => {
    expect(new DemandGate().shouldSend(DEMAND, 0, AVAILABLE_BYTES)).toBe(true);
  });

  it("repeats an unchanged demand only after a while", () => {
    expect(demanded().shouldSend(DEMAND, REPEAT_MS - 1, AVAILABLE_BYTES)).toBe(false);
    expect(demanded().shouldSend(DEMAND, REPEAT_MS, AVAILABLE_BYTES)).toBe(true);
  });

  it.each([
    ["the need grew by a quarter", { ...DEMAND, needBytes: 130 * MIB }],
    ["the level rose", { ...DEMAND, level: "critical" as const }],
  ])("repeats sooner when %s", (_, call) => {
    expect(demanded().shouldSend(call, 39, AVAILABLE_BYTES)).toBe(false);
    expect(demanded().shouldSend(call, 40, AVAILABLE_BYTES)).toBe(true);
  });

  it("starts afresh once the emergency is over", () => {
    const gate = demanded();
    gate.observe(1, had(160, AVAILABLE_BYTES + 16 * MIB));
    expect(gate.shouldSend(DEMAND, 1, AVAILABLE_BYTES)).toBe(true);
  });

  it("repeats five times within a second, then ever more seldom while nothing changes", () => {
    const times = sentTimes(new DemandGate(), 120_000);
    expect(times.slice(0, 9)).toEqual([0, 200, 400, 600, 800, 1200, 2000, 3600, 6800]);
    expect(times.length).toBeLessThanOrEqual(14);
    expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(LONGEST_REPEAT_MS);
  });

  it("is quick again as soon as less is available", () => {
    const gate = new DemandGate();
    sentTimes(gate, 60_000);
    expect(gate.shouldSend(DEMAND, 60_010, AVAILABLE_BYTES - 3 * MIB)).toBe(false);
    expect(gate.shouldSend(DEMAND, 60_010, AVAILABLE_BYTES - 4 * MIB)).toBe(true);
  });

  it("respects each further refusal for longer, while nothing changes", () => {
    const gate = new DemandGate();
    const times = sentTimes(gate, 120_000, (atMs) => gate.refused(atMs));
    expect(times.slice(0, 5)).toEqual([0, 1000, 3000, 7000, 15_000]);
    expect(times.length).toBeLessThanOrEqual(9);
    const [lastMs = 0] = times.slice(-1);
    expect(gate.shouldSend(DEMAND, lastMs + REFUSED_MS, AVAILABLE_BYTES - 4 * MIB)).toBe(true);
    expect(gate.shouldSend({ ...DEMAND, needBytes: 130 * MIB }, lastMs + REFUSED_MS, AVAILABLE_BYTES)).toBe(
      true,
    );
  });

  it("does not hurry for an answer that will not come", () => {
    const gate = new DemandGate();
    const [lastMs = 0] = sentTimes(gate, 60_000).slice(-1);
    expect(gate.isWaiting(lastMs + 10)).toBe(false);
  });

  it("respects a refusal for a while, unless the level rises", () => {
    const gate = demanded();
    gate.refused(100);
    expect(gate.shouldSend(DEMAND, 100 + REFUSED_MS - 1, AVAILABLE_BYTES)).toBe(false);
    expect(gate.shouldSend({ ...DEMAND, level: "critical" }, 101, AVAILABLE_BYTES)).toBe(true);
    expect(gate.shouldSend(DEMAND, 100 + REFUSED_MS, AVAILABLE_BYTES)).toBe(true);
  });
});

describe("waiting and learning", () => {
  it("waits until memory came, a refusal, or a second", () => {
    expect(demanded().isWaiting(999)).toBe(true);
    expect(demanded().isWaiting(1000)).toBe(false);
    const refused = demanded();
    refused.refused(10);
    expect(refused.isWaiting(11)).toBe(false);
  });

  it("learns the round trip from the guest's memory growing, not from what is available", () => {
    const gate = demanded();
    gate.observe(20, had(160));
    expect(gate.roundTripMs).toBeUndefined();
    gate.observe(40, had(200));
    expect(gate.roundTripMs).toBe(40);
    expect(gate.isWaiting(41)).toBe(false);
  });

  it("takes a quarter of the need for help where what is available must stand in for the total", () => {
    const gate = new DemandGate(true);
    gate.sent(DEMAND, 0, had(30, 30 * MIB));
    gate.observe(20, had(10, 10 * MIB));
    gate.observe(40, had(34, 34 * MIB));
    expect(gate.roundTripMs).toBeUndefined();
    gate.observe(60, had(35, 35 * MIB));
    expect(gate.roundTripMs).toBe(60);
  });

  it("sees help as growth from the lowest point when the balloon was still growing", () => {
    const gate = demanded();
    gate.observe(20, had(120));
    gate.observe(40, had(130));
    expect(gate.roundTripMs).toBe(40);
  });

  it("believes a slower round trip at once and a quicker one slowly", () => {
    const gate = demanded();
    gate.observe(40, had(200));
    gate.sent(DEMAND, 1000, had(200));
    gate.observe(1200, had(240));
    expect(gate.roundTripMs).toBe(200);
    gate.sent(DEMAND, 3000, had(240));
    gate.observe(3040, had(280));
    expect(gate.roundTripMs).toBe(160);
  });

  it("reckons with the host's figure until it has its own, and with a cautious one without", () => {
    expect(new DemandGate().helpMs(undefined)).toBe(DEFAULT_HELP_MS);
    expect(new DemandGate().helpMs(30)).toBe(30);
    const gate = demanded();
    gate.observe(60, had(200));
    expect(gate.helpMs(30)).toBe(60);
  });
});
