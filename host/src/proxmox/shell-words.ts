/**
 * Splits `args:` of a Proxmox configuration as Proxmox does: `PVE::Tools::split_args` is `shellwords` of Perl's Text::ParseWords, which
 * differs from a shell in one thing: a backslash also keeps a single quote from ending, and stays in the word. Pure.
 */

/** A word with its place in the text. */
export interface ShellWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One step of Perl's `parse_line`: a quoted piece, or an unquoted one up to white space, a quote or the end. */
const PIECE = /"((?:[^\\"]|\\.)*)"|'((?:[^\\']|\\.)*)'|((?:\\.|[^\\"'])*?)([ \t\n\r\f\v]+|$|(?=["']))/sy;
const LEADING = /^[ \t\n\r\f\v]*/;

/** The words, or `undefined` where a quote is not closed or a backslash stands last: Proxmox then adds no argument at all. */
export function shellWords(untrustedText: string): string[] | undefined {
  return placedWords(untrustedText)?.map(({ text }) => text);
}

/** The same with the place of each word. */
export function placedWords(untrustedText: string): ShellWord[] | undefined {
  const words: ShellWord[] = [];
  let word: { text: string; readonly start: number } | undefined;
  let at = LEADING.exec(untrustedText)?.[0].length ?? 0;
  while (at < untrustedText.length) {
    PIECE.lastIndex = at;
    const [whole = "", double, single, bare = "", gap = ""] = PIECE.exec(untrustedText) ?? [];
    if (whole === "") return undefined;
    word ??= { text: "", start: at };
    word.text += single ?? withoutBackslashes(double ?? bare);
    at += whole.length;
    if (gap !== "" || at === untrustedText.length) {
      words.push({ ...word, end: at - gap.length });
      word = undefined;
    }
  }
  return words;
}

function withoutBackslashes(text: string): string {
  return text.replaceAll(/\\(.)/gs, "$1");
}
