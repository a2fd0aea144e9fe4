/** When a call for memory is sent, repeated and held back. */
import { describe, expect, it } from "vitest";
import {
  DEFAULT_HELP_MS,
  DemandGate,
  REFUSED_MS,
  REPEAT_MS,
} from "../../../../guest/src/judgement/demand-gate.ts";
import type { DemandDecision } from "../../../../guest/src/judgement/forecast.ts";

const MIB = 1024 * 1024;
const CALL: DemandDecision = { reason: "runs-out", level: "moderate", needBytes: 100 * MIB };

function called(): DemandGate {
  const gate = new DemandGate();
  gate.sent(CALL, 0, 160 * MIB);
  return gate;
}

describe("sending", () => {
  it("sends the first call at once", () => {
    expect(new DemandGate().shouldSend(CALL, 0)).toBe(true);
  });

  it("repeats an unchanged call only after a while", () => {
    expect(called().shouldSend(CALL, REPEAT_MS - 1)).toBe(false);
    expect(called().shouldSend(CALL, REPEAT_MS)).toBe(true);
  });

  it.each([
    ["the need grew by a quarter", { ...CALL, needBytes: 130 * MIB }],
    ["the level rose", { ...CALL, level: "critical" as const }],
  ])("repeats sooner when %s", (_, call) => {
    expect(called().shouldSend(call, 39)).toBe(false);
    expect(called().shouldSend(call, 40)).toBe(true);
  });

  it("starts afresh after the need has gone", () => {
    const gate = called();
    gate.settled();
    expect(gate.shouldSend(CALL, 1)).toBe(true);
  });

  it("respects a refusal for a while, unless the level rises", () => {
    const gate = called();
    gate.refused(100);
    expect(gate.shouldSend(CALL, 100 + REFUSED_MS - 1)).toBe(false);
    expect(gate.shouldSend({ ...CALL, level: "critical" }, 101)).toBe(true);
    expect(gate.shouldSend(CALL, 100 + REFUSED_MS)).toBe(true);
  });
});

describe("waiting and learning", () => {
  it("waits until memory came, a refusal, or a second", () => {
    expect(called().isWaiting(999)).toBe(true);
    expect(called().isWaiting(1000)).toBe(false);
    const refused = called();
    refused.refused(10);
    expect(refused.isWaiting(11)).toBe(false);
  });

  it("learns the round trip from the guest's memory growing, not from what is available", () => {
    const gate = called();
    gate.observe(20, 160 * MIB);
    expect(gate.roundTripMs).toBeUndefined();
    gate.observe(40, 200 * MIB);
    expect(gate.roundTripMs).toBe(40);
    expect(gate.isWaiting(41)).toBe(false);
  });

  it("takes a quarter of the need for help where what is available must stand in for the total", () => {
    const gate = new DemandGate(true);
    gate.sent(CALL, 0, 30 * MIB);
    gate.observe(20, 10 * MIB);
    gate.observe(40, 34 * MIB);
    expect(gate.roundTripMs).toBeUndefined();
    gate.observe(60, 35 * MIB);
    expect(gate.roundTripMs).toBe(60);
  });

  it("sees help as growth from the lowest point when the balloon was still growing", () => {
    const gate = called();
    gate.observe(20, 120 * MIB);
    gate.observe(40, 130 * MIB);
    expect(gate.roundTripMs).toBe(40);
  });

  it("believes a slower round trip at once and a quicker one slowly", () => {
    const gate = called();
    gate.observe(40, 200 * MIB);
    gate.sent(CALL, 1000, 200 * MIB);
    gate.observe(1200, 240 * MIB);
    expect(gate.roundTripMs).toBe(200);
    gate.sent(CALL, 3000, 240 * MIB);
    gate.observe(3040, 280 * MIB);
    expect(gate.roundTripMs).toBe(160);
  });

  it("reckons with the host's figure until it has its own, and with a cautious one without", () => {
    expect(new DemandGate().helpMs(undefined)).toBe(DEFAULT_HELP_MS);
    expect(new DemandGate().helpMs(30)).toBe(30);
    const gate = called();
    gate.observe(60, 200 * MIB);
    expect(gate.helpMs(30)).toBe(60);
  });
});
