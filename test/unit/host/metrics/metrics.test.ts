import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { Status } from "../../../../host/src/model/status.ts";
import { DB, FakeBrokerView, WEB } from "../../../fakes/fake-control-service.ts";

const answer = { outcome: "partial", grantedBytes: 0, targetBytes: 0, reason: "demand-partial" } as const;

/** Lines that are figures, by name and labels. */
async function figures(status: Status, metrics = createMetrics()): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.expose(status))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

describe("the broker's metrics", () => {
  const status = new FakeBrokerView().status();

  it("have a series a guest for each figure of the status that is known, and none for what is not", async () => {
    const found = await figures(status);
    expect(found.get('ballast_guest_memory_actual_bytes{id="web1"}')).toBe(WEB.actualBytes);
    expect(found.get('ballast_guest_memory_used_bytes{id="web1"}')).toBe(WEB.usedBytes);
    expect(found.get('ballast_guest_pressure_level{id="web1"}')).toBe(2);
    expect(found.get('ballast_guest_report_age_seconds{id="web1"}')).toBe(0.24);
    expect(found.get('ballast_guest_agent_connected{id="db1"}')).toBe(0);
    expect(
      found.get('ballast_guest_info{id="db1",source="static",state="managed",reason="hold-agent-lost"}'),
    ).toBe(1);
    expect([...found.keys()].filter((key) => key.includes("used_bytes") && key.includes(DB.name))).toEqual(
      [],
    );
  });

  it("tell of the host what is known, and nothing before it was read", async () => {
    const known = { ...status, host: { ...status.host, freeBytes: 5 * MIB, regime: "scarce" as const } };
    const found = await figures(known);
    expect(found.get("ballast_free_bytes")).toBe(5 * MIB);
    expect(found.get('ballast_regime{regime="scarce"}')).toBe(1);
    expect(found.get('ballast_regime{regime="ample"}')).toBe(0);
    const unknown = await figures({ ...status, host: { accounting: "resident" } });
    expect([...unknown.keys()].filter((key) => /^ballast_(free|budget|host|regime)/.test(key))).toEqual([]);
  });

  it("forget a guest that is gone, and what is not known any more", async () => {
    const metrics = createMetrics();
    await metrics.expose(status);
    const found = await figures({ ...status, guests: [], host: { accounting: "resident" } }, metrics);
    expect([...found.keys()].filter((key) => key.includes("id=") || key.startsWith("ballast_free"))).toEqual(
      [],
    );
  });

  it("count moves by reason and direction, from zero", async () => {
    const metrics = createMetrics();
    expect((await figures(status, metrics)).get('ballast_moves_total{reason="take-idle"}')).toBe(0);
    metrics.observer.moved({ fromBytes: 300, toBytes: 100, reason: "take-idle" });
    metrics.observer.moved({ fromBytes: 100, toBytes: 150, reason: "give-back" });
    metrics.observer.moved({ toBytes: 150, reason: "reset" });
    const found = await figures(status, metrics);
    expect(found.get('ballast_moves_total{reason="take-idle"}')).toBe(1);
    expect(found.get('ballast_moved_bytes_total{direction="inflate"}')).toBe(200);
    expect(found.get('ballast_moved_bytes_total{direction="deflate"}')).toBe(50);
  });

  it("count demands by outcome, and how long deciding took", async () => {
    const metrics = createMetrics();
    metrics.observer.answered(answer, 2);
    const found = await figures(status, metrics);
    expect(found.get('ballast_demands_total{outcome="partial"}')).toBe(1);
    expect(found.get('ballast_demands_total{outcome="granted"}')).toBe(0);
    expect(found.get('ballast_demand_decision_seconds_bucket{le="0.001"}')).toBe(0);
    expect(found.get('ballast_demand_decision_seconds_bucket{le="0.0025"}')).toBe(1);
    expect(found.get("ballast_demand_decision_seconds_count")).toBe(1);
  });

  it("count how long ticks took, by step", async () => {
    const metrics = createMetrics();
    metrics.observer.ticked({ observeMs: 30, decideMs: 12, workMs: 25 });
    const found = await figures(status, metrics);
    expect(found.get('ballast_tick_seconds_sum{step="observe"}')).toBeCloseTo(0.03);
    expect(found.get('ballast_tick_seconds_sum{step="decide"}')).toBeCloseTo(0.012);
    expect(found.get('ballast_tick_seconds_sum{step="work"}')).toBeCloseTo(0.025);
    expect(found.get('ballast_tick_seconds_bucket{le="0.04",step="whole"}')).toBe(0);
    expect(found.get('ballast_tick_seconds_bucket{le="0.05",step="whole"}')).toBe(1);
  });

  it("are OpenMetrics: their end is marked, and each is explained", async () => {
    const metrics = createMetrics();
    const text = await metrics.expose(status);
    expect(metrics.contentType).toContain("application/openmetrics-text");
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text).toContain("# TYPE ballast_moves counter");
  });
});
