import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { momentArgument, spanArgument } from "../../../../host/src/cli/arguments.ts";
import { formatHistory, formatMoment } from "../../../../host/src/cli/format/history.ts";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { formatReport } from "../../../../host/src/cli/format/report.ts";
import { formatStep } from "../../../../host/src/cli/format/step.ts";
import { ReportBuilder } from "../../../../host/src/history/report.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestHistory, GuestPoint } from "../../../../host/src/model/history.ts";
import { DB, OLD, STATUS, WEB } from "../../../fakes/fake-control-service.ts";
import { aGuestPoint, BEGIN_MS } from "../../../fakes/history-samples.ts";

const MINUTE_MS = 60_000;
const UNTIL_MS = BEGIN_MS + 68 * MINUTE_MS;

/** 68 minutes, one a column: full, then half in the second half. */
function history(): GuestHistory {
  const points = Array.from({ length: 68 }, (_, i) => {
    const { name: _name, ...point } = aGuestPoint({
      ...{ maxBytes: GIB, usedBytes: 256 * MIB, targetBytes: (i < 34 ? 1024 : 512) * MIB },
      actualBytes: (i < 34 ? 1024 : 768) * MIB,
    });
    return { atMs: BEGIN_MS + i * MINUTE_MS, stepMs: MINUTE_MS, ...point };
  });
  const move = { atMs: BEGIN_MS + 34 * MINUTE_MS, name: "web1", fromBytes: GIB, toBytes: GIB / 2 };
  return { name: "web1", points, moves: [{ ...move, reason: "take-idle" }] };
}

describe("a guest's history", () => {
  it("is a plot of actual, target and used in 80 columns, with the last moves", () => {
    const lines = formatHistory(history(), BEGIN_MS, UNTIL_MS, plain);
    const half = 34;
    expect(lines[0]).toBe("web1, a point the mean of a minute");
    expect(lines[1]).toBe(`    1.0Gi |${"#".repeat(half)}`);
    expect(lines[5]).toBe(`  768.0Mi |${" ".repeat(half)}${"#".repeat(half)}`);
    expect(lines[9]).toBe(`  512.0Mi |${" ".repeat(half)}${"-".repeat(half)}`);
    expect(lines[13]).toBe(`  256.0Mi |${":".repeat(68)}`);
    expect(lines[12]).toBe("          |");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toMatch(/1\.0 GiB -> 512\.0 MiB {2}take-idle$/);
  });

  it("of a time with no points says so", () => {
    const empty = { name: "web1", points: [], moves: [] };
    expect(formatHistory(empty, BEGIN_MS, UNTIL_MS, plain)).toEqual([
      "web1: nothing is remembered of this time",
    ]);
    expect(formatMoment(empty, BEGIN_MS, plain)[0]).toMatch(/^web1: nothing is remembered of 20/);
  });

  it("tells what all guests had at a moment, by name", () => {
    const lines = formatStep(
      {
        ...{ atMs: BEGIN_MS, stepMs: 10_000 },
        host: { totalBytes: 24 * GIB, freeBytes: GIB, regime: "scarce" },
        guests: [
          aGuestPoint({ name: "web1", isObserved: true, oomKills: 2 }),
          aGuestPoint({ name: "db1", hasAgent: false, reason: "take-idle" }),
        ],
      },
      plain,
    );
    expect(lines[0]).toMatch(/^2026-01-0\d \d\d:\d\d:00, each 10 s$/);
    expect(lines[1]).toBe("host scarce: free 1.0 GiB, total 24.0 GiB");
    expect(lines.slice(4).map((line) => line.split(/ {2,}/))).toEqual([
      ["db1", "1.0Gi", "1.0Gi", "600.0Mi", "700.0Mi", "2.0Gi", "0", "none", "no", "take-idle"],
      ["web1", "1.0Gi", "1.0Gi", "600.0Mi", "700.0Mi", "2.0Gi", "2", "none", "yes", "steady, only observed"],
    ]);
  });

  it("tells what a guest had at a moment, why, and the moves before it alone", () => {
    const before = formatMoment(history(), BEGIN_MS + 33.5 * MINUTE_MS, plain);
    expect(before[0]).toMatch(/^web1 at .*, the mean of a minute: The guest has what it needs.*\(steady\)$/);
    expect(before).toContain("  actual       1.0 GiB");
    expect(before).toContain("  its agent was there");
    expect(before.join()).not.toContain("last moves");
    const after = formatMoment(history(), BEGIN_MS + 34.5 * MINUTE_MS, plain);
    expect(after).toContain("  actual     768.0 MiB");
    expect(after.at(-1)).toMatch(/take-idle$/);
  });
});

describe("the report in words", () => {
  it("says what could be lent and when, how far guests were below their floors, and what act would need", () => {
    const builder = new ReportBuilder(() => undefined);
    const guest = aGuestPoint({ maxBytes: GIB, wantBytes: 524 * MIB, actualBytes: 600 * MIB, oomKills: 2 });
    for (let i = 0; i < 60; i++)
      builder.add({
        ...{ atMs: BEGIN_MS + i * MINUTE_MS, stepMs: MINUTE_MS, host: { regime: "tight" } },
        guests: [guest],
      });
    const text = formatReport(builder.report(BEGIN_MS, UNTIL_MS), STATUS, plain).join("\n");
    expect(text).toMatch(/1\.0 h were measured/);
    expect(text).toMatch(/could be lent \(max less want\): 500\.0 MiB on average/);
    expect(text).toMatch(/was lent \(max less actual\): 424\.0 MiB on average/);
    expect(text).toMatch(/the host's memory was: tight 100 %/);
    expect(text).toMatch(/OOM kills seen in guests: 120/);
    expect(text).toMatch(/:00 {3}500\.0Mi #{40}\n/);
    expect(text).toMatch(/web1 +500\.0Mi +- +1\.0 h +100\.0Mi +120 +100 %/);
    expect(text).toMatch(/0 of 3 guests are only observed/);
    expect(text).toContain(`db1: ${DB.problem}`);
    expect(text).toContain("old1: no agent is connected");
  });

  it("says which kills a demand would have met, and how Proxmox's rule differs from act", () => {
    const builder = new ReportBuilder(() => ({ minBytes: 128 * MIB, shares: 1000 }));
    const guest = aGuestPoint({ maxBytes: GIB, actualBytes: 600 * MIB, freeBytes: 300 * MIB });
    const host = { totalBytes: 10 * GIB, availableBytes: GIB, freeBytes: GIB, regime: "scarce" } as const;
    const add = (step: number, more: Partial<GuestPoint>) =>
      builder.add({
        ...{ atMs: BEGIN_MS + step * MINUTE_MS, stepMs: MINUTE_MS, host },
        guests: [{ ...guest, ...more }],
      });
    add(0, { floorBytes: 400 * MIB, oomKills: 1 });
    add(1, { floorBytes: 605 * MIB });
    add(2, { floorBytes: 700 * MIB });
    add(3, { floorBytes: 600 * MIB, actualBytes: GIB, oomKills: 2 });
    const text = formatReport(builder.report(BEGIN_MS, UNTIL_MS), STATUS, plain).join("\n");
    expect(text).toMatch(
      /OOM kills seen in guests: 3\n {2}1 with room on the host for all .* would have met them\n {2}2 at the guest's maximum/,
    );
    expect(text).toMatch(/Proxmox's rule in the same time: agrees with act in 50\.0 %/);
    expect(text).toMatch(/25\.0 % {2}act would give, it does not\n +25\.0 % {2}it takes, act would leave\n/);
    expect(text).toMatch(/50\.0 % {2}it takes below a guest's floor, at most by 200\.0 MiB of web1 at 2026/);
    expect(text).not.toContain("it gives, act would leave");
  });

  it("names guests that are left alone, and invents nothing before the first point", () => {
    const empty = new ReportBuilder(() => undefined).report(1, 2);
    expect(formatReport(empty, STATUS, plain)).toHaveLength(1);
    const builder = new ReportBuilder(() => undefined);
    builder.add({ atMs: BEGIN_MS, stepMs: MINUTE_MS, host: {}, guests: [] });
    const guests = [
      { ...WEB, state: "excluded" as const },
      { ...OLD, mode: "observe" as const },
    ];
    const text = formatReport(builder.report(1, 2), { ...STATUS, guests }, plain).join("\n");
    expect(text).toContain("web1: is left alone");
    expect(text).toContain("1 of 2 guests are only observed");
    expect(text).not.toContain("the host's memory was");
  });
});

describe("times of the past", () => {
  it("are spans up to a year, and moments before now in local time", () => {
    expect([spanArgument("30m"), spanArgument("2h"), spanArgument("7d")]).toEqual([
      1_800_000, 7_200_000, 604_800_000,
    ]);
    const now = new Date(2026, 0, 31, 2, 0).getTime();
    expect(momentArgument("03:12", now)).toBe(new Date(2026, 0, 30, 3, 12).getTime());
    expect(momentArgument("1:59", now)).toBe(new Date(2026, 0, 31, 1, 59).getTime());
    expect(momentArgument("2026-01-02 03:12", now)).toBe(new Date(2026, 0, 2, 3, 12).getTime());
  });

  it.each(["", "0h", "3w", "366d", "1.5h"])("refuse the span %j", (raw) => {
    expect(() => spanArgument(raw)).toThrow(InvalidArgumentError);
  });

  it.each(["", "24:00", "03:60", "yesterday", "2099-01-01 00:00", "2026-13-01 00:00"])(
    "refuse the moment %j",
    (raw) => {
      expect(() => momentArgument(raw, new Date(2026, 5, 1).getTime())).toThrow(InvalidArgumentError);
    },
  );
});
