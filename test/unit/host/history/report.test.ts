import { describe, expect, it } from "vitest";
import { ReportBuilder } from "../../../../host/src/history/report.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { HistoryStep } from "../../../../host/src/model/history.ts";
import { aGuestPoint, BEGIN_MS } from "../../../fakes/history-samples.ts";

const STEP_MS = 60_000;

function aStep(step: number, override: Partial<HistoryStep> = {}): HistoryStep {
  return {
    ...{ atMs: BEGIN_MS + step * STEP_MS, stepMs: STEP_MS },
    ...{ host: { regime: "ample" }, guests: [] },
    ...override,
  };
}

function reportOf(...steps: HistoryStep[]) {
  const builder = new ReportBuilder();
  for (const step of steps) builder.add(step);
  return builder.report(1, 2);
}

describe("the report", () => {
  it("of nothing has no figures of its own", () => {
    expect(reportOf()).toEqual({
      ...{ sinceMs: 1, untilMs: 2, measuredMs: 0, meanLendableBytes: 0, meanLentBytes: 0 },
      ...{ lendableByHour: [], regimes: {}, guests: [] },
    });
  });

  it("sums what could be lent (maximum less want) and what was lent, with the hours and the extremes", () => {
    const at = (step: number, wantMib: number) =>
      aStep(step, {
        guests: [
          aGuestPoint({ maxBytes: GIB, wantBytes: wantMib * MIB, actualBytes: GIB }),
          aGuestPoint({ name: "db1", maxBytes: GIB, wantBytes: 924 * MIB, actualBytes: 724 * MIB }),
        ],
      });
    const report = reportOf(at(0, 824), at(1, 424), at(60, 624));
    const hour = new Date(BEGIN_MS).getHours();
    expect(report).toMatchObject({
      ...{ firstMs: BEGIN_MS, measuredMs: 3 * STEP_MS, regimes: { ample: 3 * STEP_MS } },
      ...{ meanLendableBytes: 500 * MIB, meanLentBytes: 300 * MIB },
      least: { atMs: BEGIN_MS, bytes: 300 * MIB },
      most: { atMs: BEGIN_MS + STEP_MS, bytes: 700 * MIB },
      lendableByHour: [
        { hour, meanBytes: 500 * MIB },
        { hour: (hour + 1) % 24, meanBytes: 500 * MIB },
      ].sort((a, b) => a.hour - b.hour),
    });
    expect(report.guests.map(({ meanLendableBytes }) => meanLendableBytes)).toEqual([400 * MIB, 100 * MIB]);
  });

  it("tells how far act would have taken an observed guest, by how short the host was, and never of one that is acted on", () => {
    const guest = { actualBytes: 1000 * MIB, wantBytes: 900 * MIB, floorBytes: 700 * MIB, isObserved: true };
    const taken = (regime: "ample" | "tight" | "scarce", isObserved = true) =>
      reportOf(aStep(0, { host: { regime }, guests: [aGuestPoint({ ...guest, isObserved })] })).guests[0]
        ?.mostTaken?.bytes;
    expect([taken("ample"), taken("tight"), taken("scarce")]).toEqual([undefined, 100 * MIB, 300 * MIB]);
    expect(taken("scarce", false)).toBeUndefined();
  });

  it("tells how long and how far a guest was below its floor, its kills, and how long its need was known", () => {
    const { wantBytes: _, floorBytes: _f, ...blind } = aGuestPoint({ hasAgent: false });
    const at = (step: number, mib: number, oomKills = 0) =>
      aStep(step, { guests: [aGuestPoint({ actualBytes: mib * MIB, floorBytes: 700 * MIB, oomKills })] });
    const { guests } = reportOf(at(0, 650), at(1, 600, 2), at(2, 800), aStep(3, { guests: [blind] }));
    expect(guests).toMatchObject([
      {
        ...{ name: "web1", measuredMs: 4 * STEP_MS, unknownMs: STEP_MS, agentMs: 3 * STEP_MS, oomKills: 2 },
        ...{ belowFloorMs: 2 * STEP_MS, mostBelowFloor: { atMs: BEGIN_MS + STEP_MS, bytes: 100 * MIB } },
      },
    ]);
  });
});
