/** Writes manual pages with the macros of man(7), which man-db and mandoc read alike. Pure. */

/** A part of a page under its heading. */
export interface Section {
  readonly title: string;
  readonly body: string;
}

export interface Page {
  readonly name: string;
  /** Section of the manual: 1 commands, 5 files, 8 administration. */
  readonly section: 1 | 5 | 8;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly sections: readonly Section[];
}

/** The page's text. `seconds` since 1970 is the date at its foot. */
export function manPage(
  { name, section, summary, sections }: Page,
  version: string,
  seconds: number,
): string {
  const date = new Date(seconds * 1000).toISOString().slice(0, 10);
  const parts = [
    { title: "NAME", body: `${plain(name)} \\- ${plain(summary)}\n` },
    ...sections.filter(({ body }) => body !== ""),
  ];
  return [
    `.TH ${name.toUpperCase()} ${section} ${date} "Ballast ${version}" Ballast\n`,
    ...parts.map(({ title, body }) => `.SH ${title}\n${body}`),
  ].join("");
}

/** Text as it is; text in backquotes is bold. Each sentence on a line of its own, as man pages have it. */
export function text(words: string): string {
  const lines = words.replace(/([.!?]) (?=[A-Z`])/g, "$1\n").split("\n");
  return lines.map((line) => `${guarded(line.split("`").map(bolded).join(""))}\n`).join("");
}

/** A paragraph of its own. */
export function paragraph(words: string): string {
  return `.PP\n${text(words)}`;
}

/** A term, which is roff already, and what it means. */
export function item(term: string, words: string): string {
  return `.TP\n${term}\n${text(words)}`;
}

export function bold(words: string): string {
  return `\\fB${plain(words)}\\fR`;
}

export function italic(words: string): string {
  return `\\fI${plain(words)}\\fR`;
}

/** Lines that are shown as they are. */
export function example(lines: readonly string[]): string {
  return `.PP\n.RS 4\n.nf\n${lines.map((line) => `${guarded(plain(line))}\n`).join("")}.fi\n.RE\n`;
}

/** No character of it is a request or an escape; a minus is one that can be copied. */
export function plain(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga");
}

function bolded(words: string, index: number): string {
  return index % 2 === 0 ? plain(words) : bold(words);
}

/** A line that begins with a dot would be a request. */
function guarded(line: string): string {
  return line.startsWith(".") ? `\\&${line}` : line;
}
