import { describe, expect, it } from "vitest";
import { ReportBuilder } from "../../../../host/src/history/report.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestPoint, HistoryStep } from "../../../../host/src/model/history.ts";
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
  const builder = new ReportBuilder(() => ({ minBytes: 256 * MIB, shares: 1000 }));
  for (const step of steps) builder.add(step);
  return builder.report(1, 2);
}

function withActual(point: GuestPoint, mib: number | undefined): GuestPoint {
  const { actualBytes: _, ...rest } = point;
  return mib === undefined ? rest : { ...rest, actualBytes: mib * MIB };
}

describe("the report", () => {
  it("of nothing has no figures of its own", () => {
    expect(reportOf()).toEqual({
      ...{ sinceMs: 1, untilMs: 2, measuredMs: 0, meanLendableBytes: 0, meanLentBytes: 0 },
      ...{ lendableByHour: [], regimes: {}, guests: [], timeline: [] },
      kills: { met: 0, metInPart: 0, hostShort: 0, atMaximum: 0, unknown: 0 },
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

  it("sorts OOM kills by what a demand would have met: what the balloon had, as far as the host could give", () => {
    const at = (actualMib: number | undefined, freeMib: number | undefined, oomKills: number) =>
      aStep(0, {
        host: freeMib === undefined ? {} : { freeBytes: freeMib * MIB },
        guests: [withActual(aGuestPoint({ maxBytes: GIB, oomKills }), actualMib)],
      });
    const steps = [at(512, 512, 1), at(512, 200, 2), at(512, 5, 3), at(1020, 512, 4), at(undefined, 9, 5)];
    expect(reportOf(...steps, at(512, undefined, 6)).kills).toEqual({
      ...{ met: 1, metInPart: 2, hostShort: 3, atMaximum: 4, unknown: 11 },
    });
  });

  it("compares Proxmox's rule with act at each step, and tells where the rule takes below a floor", () => {
    const point = { maxBytes: 2 * GIB, actualBytes: GIB, freeBytes: 512 * MIB, floorBytes: 1000 * MIB };
    // 90 % of the host is used: the rule takes 100 MiB of a guest that is rich in its eyes.
    const host = { totalBytes: 10 * GIB, availableBytes: GIB, regime: "scarce" } as const;
    const at = (step: number, guest: object, regime: "ample" | "scarce" = "scarce") =>
      aStep(step, { host: { ...host, regime }, guests: [aGuestPoint({ ...point, ...guest })] });
    const { proxmox } = reportOf(
      at(0, { floorBytes: 700 * MIB }),
      at(1, { floorBytes: 1020 * MIB }),
      at(2, { floorBytes: 1200 * MIB }),
      at(3, { freeBytes: 0, floorBytes: 1020 * MIB }, "ample"),
    );
    expect(proxmox).toEqual({
      ...{ comparedMs: 4 * STEP_MS, agreeMs: STEP_MS, takesNeededMs: STEP_MS, withholdsMs: 2 * STEP_MS },
      ...{ leavesIdleMs: 0, givesMoreMs: 0, belowFloorMs: 3 * STEP_MS },
      mostBelowFloor: { name: "web1", atMs: BEGIN_MS + 2 * STEP_MS, bytes: 276 * MIB },
    });
  });

  it("tells when act would take what Proxmox's rule leaves, and when the rule gives what act would leave", () => {
    const guest = { maxBytes: 2 * GIB, actualBytes: GIB, wantBytes: GIB, freeBytes: 0 };
    const host = (availableGib: number) => ({ totalBytes: 10 * GIB, availableBytes: availableGib * GIB });
    const at = (availableGib: number, more: object) =>
      aStep(0, {
        host: { ...host(availableGib), regime: "tight" },
        guests: [aGuestPoint({ ...guest, ...more })],
      });
    const { proxmox } = reportOf(at(2, { wantBytes: 800 * MIB }), at(5, {}));
    expect(proxmox).toMatchObject({ comparedMs: 2 * STEP_MS, leavesIdleMs: STEP_MS, givesMoreMs: STEP_MS });
    expect(reportOf(aStep(0, { guests: [aGuestPoint()] }))).not.toHaveProperty("proxmox");
  });

  it("draws the time as a few hundred parts at most, each the mean of what was known in it", () => {
    const at = (step: number) =>
      aStep(step, {
        host: step % 2 === 0 ? { availableBytes: GIB } : {},
        guests: [aGuestPoint({ maxBytes: GIB, wantBytes: (step < 600 ? 24 : 524) * MIB, actualBytes: GIB })],
      });
    const { timeline } = reportOf(...Array.from({ length: 1200 }, (_, step) => at(step)));
    expect(timeline.length).toBeGreaterThan(200);
    expect(timeline.length).toBeLessThanOrEqual(400);
    expect(timeline[0]).toEqual({
      ...{ atMs: BEGIN_MS, stepMs: 4 * STEP_MS },
      ...{ lendableBytes: 1000 * MIB, lentBytes: 0, hostAvailableBytes: GIB },
    });
    expect(timeline.at(-1)).toMatchObject({ lendableBytes: 500 * MIB });
    const end = timeline.at(-1);
    expect((end?.atMs ?? 0) + (end?.stepMs ?? 0)).toBe(BEGIN_MS + 1200 * STEP_MS);
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
