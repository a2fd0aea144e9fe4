/** `ballast report --html`: the report as one file that needs nothing beside it. Pure. */
import { createHash } from "node:crypto";
import { formatTime } from "../format/sizes.ts";
import { type Fact, GUEST_COLUMNS, GUEST_LEGEND, type ReportContent } from "./content.ts";
import type { ReportPlot } from "./plots.ts";

/** What the page brings inside. */
export interface ReportAssets {
  readonly script: string;
  readonly style: string;
}

export interface ReportPage {
  readonly content: ReportContent;
  /** The first is of all guests together. */
  readonly plots: readonly ReportPlot[];
  /** Guests that have no plot: there are too many. */
  readonly unplotted: number;
  readonly hostName: string;
}

/** The whole file. What guests and host say is text in it, never markup; the only script that runs is ours, and nothing is loaded. */
export function reportHtml(
  { content, plots, unplotted, hostName }: ReportPage,
  assets: ReportAssets,
): string {
  const script = assets.script.replaceAll("</script", "<\\/script");
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const [all, ...guests] = plots.map(figure);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ballast report of ${escaped(hostName)}</title>
<style>${assets.style}</style>
</head>
<body>
<main>
<h1>What Ballast could lend on ${escaped(hostName)}</h1>
<p class="muted">${escaped(sentence(content.period))}</p>
${section("Memory that could be lent", `${factList(content.lending)}${all ?? ""}`)}
${section("By hour of the day", hourTable(content))}
${section("OOM kills", factList([content.kills]))}
${section("Proxmox's rule", factList([content.proxmox]))}
${section("Guests", guestTable(content))}
${section("What act would need now", needList(content))}
${guests.join("\n")}
${unplotted > 0 ? `<p class="muted">${unplotted} more guests have no plot here: ballast history GUEST draws one.</p>` : ""}
</main>
<script type="application/json" id="plots">${JSON.stringify(plots).replaceAll("<", "\\u003c")}</script>
<script>${script}</script>
</body>
</html>
`;
}

function section(title: string, body: string): string {
  return `<section><h2>${escaped(title)}</h2>${body}</section>`;
}

function factList(facts: readonly Fact[]): string {
  return facts
    .map(({ text, details }) => {
      const list = details.map((line) => `<li>${escaped(line.trim())}</li>`).join("");
      return `<p>${escaped(sentence(text))}</p>${list === "" ? "" : `<ul class="details">${list}</ul>`}`;
    })
    .join("");
}

function hourTable({ hours }: ReportContent): string {
  const rows = hours.map(
    ({ hour, size, share }) =>
      `<tr><th scope="row">${hour}</th><td class="number">${escaped(size)}</td><td class="wide"><span class="hour" style="width:${Math.round(share * 100)}%"></span></td></tr>`,
  );
  return `<table class="hours"><caption>Could be lent, as a mean</caption><tbody>${rows.join("")}</tbody></table>`;
}

function guestTable({ rows }: ReportContent): string {
  const head = GUEST_COLUMNS.map(({ title }) => `<th scope="col">${escaped(title)}</th>`).join("");
  const body = rows.map(([name = "", ...cells]) => {
    const numbers = cells.map((text) => `<td class="number">${escaped(text)}</td>`).join("");
    return `<tr><th scope="row">${escaped(name)}</th>${numbers}</tr>`;
  });
  const table = `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
  return `<div class="scroll" role="region" aria-label="Guests" tabindex="0">${table}</div><p class="muted">${escaped(GUEST_LEGEND.join(" "))}</p>`;
}

function needList({ observed, needs }: ReportContent): string {
  const list = needs.map((line) => `<li>${escaped(line)}</li>`).join("");
  return `<p>${escaped(observed)}</p>${list === "" ? "<p>Nothing is missing.</p>" : `<ul class="details">${list}</ul>`}`;
}

/** A place for the script to draw in, with the lines' names. Screen readers read what it shows. */
function figure({ title, lines, columns: [seconds] }: ReportPlot, index: number): string {
  const from = seconds[0] === undefined ? "" : ` from ${formatTime(seconds[0] * 1000)}`;
  const label = `${title}${from}: ${lines.map((line) => line.label).join(", ")}`;
  const legend = lines.map(
    ({ label: name, colour }) =>
      `<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="line-${colour}" width="10" height="10"/></svg>${escaped(name)}</li>`,
  );
  const body = `<div class="plot" data-plot="${index}" role="img" aria-label="${escaped(label)}"></div><ul class="legend">${legend.join("")}</ul>`;
  return index === 0 ? body : section(title, body);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
