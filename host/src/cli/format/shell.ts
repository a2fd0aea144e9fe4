/** Words as they are typed into a shell. */

/** The word, quoted where a shell would read it otherwise. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
