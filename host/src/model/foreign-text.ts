/** Texts from outside (QEMU, guests, processes, files) as they may reach logs, terminals and the API: one line, bounded, harmless. */

/** Enough to recognise an error by; QEMU's own are a line or two. */
const LONGEST_CHARACTERS = 200;
/** Control characters, formatting ones (among them those that turn the direction of writing), line and paragraph ends, lone surrogates. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Replaces what could harm a reader and cuts the rest to `mostCharacters`. */
export function foreignText(untrustedText: string, mostCharacters: number = LONGEST_CHARACTERS): string {
  // Cut first: what is far too long is not worth cleaning.
  const start = untrustedText.slice(0, mostCharacters);
  const clean = start.replace(HARMFUL, "?");
  return start.length < untrustedText.length ? `${clean}…` : clean;
}
