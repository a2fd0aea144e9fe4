/** Tables of plain text: columns as wide as their widest cell, two spaces between, no frames. */
import type { Paint, Style } from "./paint.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

const GAP = "  ";

/** One line a row, the titles first; no line ends with spaces. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string[] {
  const titles = columns.map(({ title }): Cell => ({ text: title, style: "faint" }));
  const all = [titles, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]?.text.length ?? 0)));
  return all.map((row) =>
    columns
      .map(({ align }, i) =>
        pad(row[i] ?? { text: "" }, align, widths[i] ?? 0, i === columns.length - 1, paint),
      )
      .join(GAP)
      .trimEnd(),
  );
}

function pad(cell: Cell, align: Column["align"], width: number, isLast: boolean, paint: Paint): string {
  const space = " ".repeat(width - cell.text.length);
  const text = paint(cell.style, cell.text);
  if (align === "right") return space + text;
  return isLast ? text : text + space;
}
