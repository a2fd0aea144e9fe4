import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { reportContent } from "../../../../../host/src/cli/report/content.ts";
import { reportHtml } from "../../../../../host/src/cli/report/html.ts";
import { guestPlot, lendingPlot } from "../../../../../host/src/cli/report/plots.ts";
import { ReportBuilder } from "../../../../../host/src/history/report.ts";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { STATUS } from "../../../../fakes/fake-control-service.ts";
import { aGuestPoint, aSample, BEGIN_MS, STEP_MS } from "../../../../fakes/history-samples.ts";

const HOSTILE = `<img src=x onerror="alert(1)">'&</script>`;

function pageOf(name: string, assets = { script: "draw()", style: "p{}" }, unplotted = 0): string {
  const builder = new ReportBuilder(() => undefined);
  const sample = aSample(0, { guests: [aGuestPoint({ name, oomKills: 1 })] });
  builder.add({ ...sample, stepMs: STEP_MS });
  const report = builder.report(BEGIN_MS, BEGIN_MS + STEP_MS);
  const content = reportContent(report, { ...STATUS, guests: [] });
  if (content === undefined) throw new Error("nothing is remembered");
  const { name: _, ...point } = aGuestPoint({ floorBytes: 700 * MIB });
  const points = [{ atMs: BEGIN_MS, stepMs: STEP_MS, ...point }];
  const plots = [lendingPlot(report), guestPlot({ name, points, moves: [] })];
  return reportHtml({ content, plots, unplotted, hostName: "node<1>" }, assets);
}

describe("the report as a page in one file", () => {
  it("says what the terminal says, with a plot of all guests and of each", () => {
    const page = pageOf("web1");
    expect(page).toContain("<title>Ballast report of node&#60;1&#62;</title>");
    expect(page).toMatch(/<p>Could be lent \(max less want\): 1\.2 GiB on average\.<\/p>/);
    expect(page).toMatch(/<p>OOM kills seen in guests: 1\.<\/p><ul class="details"><li>1 of which/);
    expect(page).toContain('<th scope="row">web1</th>');
    expect(page.match(/data-plot="\d"/g)).toEqual(['data-plot="0"', 'data-plot="1"']);
    expect(page).toMatch(/aria-label="web1 from 2026-[^"]*: used, actual, floor"/);
    expect(page).not.toContain("more guests");
    expect(pageOf("web1", undefined, 7)).toContain("7 more guests have no plot here");
  });

  it("holds the figures of its plots: seconds, and MiB or null", () => {
    const json =
      /<script type="application\/json" id="plots">(.*?)<\/script>/.exec(pageOf("web1"))?.[1] ?? "";
    expect(JSON.parse(json).map(({ columns }: { columns: unknown }) => columns)).toEqual([
      [[BEGIN_MS / 1000], [1188], [1024], [12 * 1024]],
      [[BEGIN_MS / 1000], [600], [1024], [700]],
    ]);
    expect(guestPlot({ name: "x", points: [{ ...blank(), atMs: 0, stepMs: 1 }], moves: [] }).columns).toEqual(
      [[0], [null], [null], [null]],
    );
  });

  it("shows what a guest says as text, whatever it says, and runs its own script alone", () => {
    const script = "draw('</script>')";
    const page = pageOf(HOSTILE, { script, style: "" });
    expect(page).not.toContain("<img");
    expect(page).toContain("&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#39;&#38;&#60;/script&#62;");
    const scripts = [...page.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((match) => match[1] ?? "");
    expect(scripts).toHaveLength(2);
    const hash = createHash("sha256")
      .update(scripts[1] ?? "")
      .digest("base64");
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'"`,
    );
  });

  it("is nothing where nothing is remembered", () => {
    expect(reportContent(new ReportBuilder(() => undefined).report(0, GIB), STATUS)).toBeUndefined();
  });
});

function blank() {
  return { reason: "steady", hasAgent: false, isObserved: false, oomKills: 0 } as const;
}
