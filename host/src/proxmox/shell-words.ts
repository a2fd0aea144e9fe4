/** Splits `args:` of a Proxmox configuration as `PVE::Tools::split_args` does: words of a shell, with quotes and backslashes. Pure. */

/** The words, or `undefined` where a quote is not closed. */
export function shellWords(untrustedText: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < untrustedText.length; i++) {
    const char = untrustedText.charAt(i);
    if (quote !== undefined && char === quote) quote = undefined;
    else if (char === "\\" && quote !== "'") word = (word ?? "") + untrustedText.charAt(++i);
    else if (quote !== undefined) word = (word ?? "") + char;
    else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
