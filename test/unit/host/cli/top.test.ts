import { describe, expect, it } from "vitest";
import { coloured, plain } from "../../../../host/src/cli/format/paint.ts";
import { sparkline, type TopView, TREND_LENGTH, topScreen } from "../../../../host/src/cli/format/top.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestStatus, Status } from "../../../../host/src/model/status.ts";
import { STATUS, WEB } from "../../../fakes/fake-control-service.ts";

const view = (more: Partial<TopView> = {}): TopView => ({
  ...{ columns: 100, rows: 24, order: "name", paint: plain, trends: new Map() },
  ...more,
});
const many = (count: number): Status => ({
  ...STATUS,
  guests: Array.from({ length: count }, (_, i): GuestStatus => ({ ...WEB, name: `guest-${i}` })),
});
const namesOf = (lines: readonly string[]) => lines.slice(5).map((line) => line.split(" ")[0]);

describe("one screen of top", () => {
  it.each([
    [80, 24],
    [60, 10],
    [40, 8],
    [200, 50],
  ])("is never wider or higher than a terminal of %i × %i", (columns, rows) => {
    const lines = topScreen(many(60), view({ columns, rows }));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeLessThanOrEqual(rows);
  });

  it("fits into 80 columns with each guest's sizes, and says how many guests have no room", () => {
    const lines = topScreen(many(30), view({ columns: 80 }));
    expect(lines.find((line) => line.startsWith("guest-0 "))).toMatch(/768\.0Mi +1\.0Gi +600\.0Mi +2\.0Gi/);
    expect(lines.at(-1)).toMatch(/^and \d+ more guests$/);
  });

  it.each([
    ["name", ["db1", "old1", "web1"]],
    ["actual", ["db1", "web1", "old1"]],
    ["used", ["web1", "db1", "old1"]],
    ["lent", ["db1", "web1", "old1"]],
    ["pressure", ["web1", "db1", "old1"]],
  ] as const)("is sorted by %s", (order, names) => {
    expect(namesOf(topScreen(STATUS, view({ columns: 140, order })))).toEqual(names);
  });

  it("goes on showing what was known while the broker is away, and says so", () => {
    const lines = topScreen(STATUS, view({ columns: 140, problem: "no broker answers" }));
    expect(lines).toContain("no broker answers");
    expect(lines.join("\n")).toContain("web1");
    expect(topScreen(undefined, view({ problem: "no broker answers" }))).toContain("no broker answers");
  });

  it("marks pressure by colour where the terminal has any", () => {
    const [red, none] = [coloured, plain].map((paint) =>
      topScreen(STATUS, view({ columns: 140, paint })).join("\n"),
    );
    expect(red).toContain("\u001b[33mmoderate");
    expect(none).not.toContain("\u001b");
  });
});

describe("a guest's line over time", () => {
  it("goes from its least to its most, and shows the newest samples alone", () => {
    expect(sparkline([0, 100 * MIB])).toBe("▁█");
    expect(sparkline(Array.from({ length: 50 }, (_, i) => i * MIB))).toHaveLength(TREND_LENGTH);
  });

  it("is low where nothing changes, or hardly anything", () => {
    expect(sparkline([500, 500, 501])).toBe("▁▁▁");
    expect(sparkline([])).toBe("");
  });
});
