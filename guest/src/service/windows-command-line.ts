/** Puts words into a command line as Windows' programs take it apart (CommandLineToArgvW). */

/** Quotes whatever would not come out as the same words again. */
export function windowsCommandLine(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

/** Backslashes count double only before a quotation mark. */
function quoted(word: string): string {
  if (word !== "" && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
}
