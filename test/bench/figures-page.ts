/** The blocks of a page that benchmarks fill: what stands between two marks, under a line that says where it is from; pure. */

/** Where figures are from. */
export interface Provenance {
  /** Day of the measurement, as in 2026-11-29. */
  readonly date: string;
  /** Kind of the machine, in words. */
  readonly machine: string;
  /** The sources that were measured. */
  readonly build: string;
}

/** One block of a page. */
export interface FiguresBlock {
  /** The command that prints it, as a user types it. */
  readonly command: string;
  /** Whether it holds figures yet. */
  readonly filled: boolean;
  readonly build: string | undefined;
}

const BLOCK = /<!-- figures: (npm run [^>]*?) -->\n([\s\S]*?)<!-- end of figures -->/g;
const BUILD = /, build ([0-9a-f]+)\.$/m;

/** All blocks in their order. */
export function blocksOf(page: string): FiguresBlock[] {
  return [...page.matchAll(BLOCK)].map(([, command = "", text = ""]) => ({
    command,
    filled: text.trim() !== "",
    build: BUILD.exec(text)?.[1],
  }));
}

/** The page with one command's blocks filled with what it printed. Throws a `RangeError` where the page has none. */
export function fillBlock(page: string, command: string, printed: string, from: Provenance): string {
  if (!blocksOf(page).some((block) => block.command === command))
    throw new RangeError(`the page has no block for ${command}`);
  return page.replace(BLOCK, (whole: string, found: string) => {
    if (found !== command) return whole;
    const source = `\`${command}\`, ${from.date}, ${from.machine}, build ${from.build}.`;
    return `<!-- figures: ${command} -->\n${source}\n\n${printed.trim()}\n<!-- end of figures -->`;
  });
}
