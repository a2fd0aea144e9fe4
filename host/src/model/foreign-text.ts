/** Texts from outside (QEMU, guests, processes, files) as they may reach logs, terminals and the API: one line, bounded, harmless. */

/** Enough to recognise an error by; QEMU's own are a line or two. */
const LONGEST_CHARACTERS = 200;
/**
 * Control characters, formatting ones (among them those that turn the direction of writing), line and paragraph ends, lone surrogates,
 * what is not seen or looks like a blank, and marks that are drawn over their neighbours.
 */
const HARMFUL =
  /(?! )[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Me}\p{Mn}\p{Z}\u{2800}]/gu;

/** Replaces what could harm a reader and cuts the rest to `mostCharacters`. */
export function foreignText(untrustedText: string, mostCharacters: number = LONGEST_CHARACTERS): string {
  // Cut first: what is far too long is not worth cleaning.
  const start = untrustedText.slice(0, mostCharacters);
  const clean = harmlessText(start);
  return start.length < untrustedText.length ? `${clean}…` : clean;
}

/** Replaces what could harm a reader, in a text whose length is bounded already. */
export function harmlessText(untrustedText: string): string {
  // Composed first: a letter with an accent is one character and stays.
  return untrustedText.normalize("NFC").replace(HARMFUL, "?");
}

/** Whether there is nothing to replace. A path must be used as it is: one that could harm a reader is not used at all. */
export function isHarmless(untrustedText: string): boolean {
  return harmlessText(untrustedText) === untrustedText.normalize("NFC");
}

/** JSON with all that could harm a reader written as `\uXXXX`: the same to programs, and safe on a terminal. Line ends between values stay. */
export function harmlessJson(json: string): string {
  return json.replace(HARMFUL, (character) => (character === "\n" ? character : escaped(character)));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
