/** Owns how benchmarks sum up and print what they measured; pure. */

/** The value below which `share` (0…1) of the values lie; `undefined` without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The middle value. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** A table in Markdown, columns padded so that it reads well as plain text. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join(
    "\n",
  );
}

/** A number with so many digits after the point; a dash for what was not measured. */
export function figure(value: number | undefined, digits = 0, unit = ""): string {
  return value === undefined ? "-" : `${value.toFixed(digits)}${unit}`;
}
