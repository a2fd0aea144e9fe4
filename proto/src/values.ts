/** Single values of the wire: numbers, enums, ids and texts, each checked on the way in and made harmless on the way out. */

const ID_BYTES = 8;
const ID_PATTERN = /^[0-9a-f]{16}$/;
const MAX_UINT32 = 2 ** 32 - 1;

/** Fields that the schema holds in 32 bits. */
const UINT32_FIELDS: ReadonlySet<string> = new Set([
  "intervalMs",
  "roundTripMs",
  "minIntervalMs",
  "maxIntervalMs",
  "heartbeatMs",
  "helpMs",
]);

/** Whatever is none of the characters of a name. All others are left out: wide, blank and combining ones would shift what stands beside them. */
const NOT_IN_NAMES = /[^A-Za-z0-9.+\-_~]/g;

/** A whole number from 0 to 2^53-1, else absent: beyond it a double no longer tells neighbours apart. */
export function readNumber(untrusted: unknown): number | undefined {
  return Number.isSafeInteger(untrusted) && (untrusted as number) >= 0 ? (untrusted as number) : undefined;
}

/** Reads the present and sound ones of the fields `names`. */
export function readNumbers<Name extends string>(
  untrusted: { readonly [K in Name]?: unknown },
  names: readonly Name[],
): { [K in Name]?: number } {
  const read: { [K in Name]?: number } = {};
  for (const name of names) {
    const value = Object.hasOwn(untrusted, name) ? readNumber(untrusted[name]) : undefined;
    if (value !== undefined) read[name] = value;
  }
  return read;
}

/** The fields `names` as they go on the wire: rounded; what the schema cannot hold is left out. */
export function writeNumbers<Name extends string>(
  source: { readonly [K in Name]?: number | undefined },
  names: readonly Name[],
): { [K in Name]?: number } {
  const written: { [K in Name]?: number } = {};
  for (const name of names) {
    const value = source[name];
    if (value === undefined) continue;
    const rounded = Math.round(value);
    const largest = UINT32_FIELDS.has(name) ? MAX_UINT32 : Number.MAX_SAFE_INTEGER;
    if (rounded >= 0 && rounded <= largest) written[name] = rounded;
  }
  return written;
}

/** The word for an enum's number; numbers of a newer peer, and 0, are absent. */
export function readEnum<Word>(words: readonly Word[], untrusted: unknown): Word | undefined {
  return typeof untrusted === "number" && untrusted > 0 ? words[untrusted - 1] : undefined;
}

/** The enum's number for a word; 0 for none. */
export function writeEnum<Word>(words: readonly Word[], word: Word | undefined): number {
  return word === undefined ? 0 : words.indexOf(word) + 1;
}

/** An id as hex digits; absent unless it has exactly 8 bytes. */
export function readId(untrusted: Uint8Array): string | undefined {
  return untrusted.length === ID_BYTES ? Buffer.from(untrusted).toString("hex") : undefined;
}

/** The bytes of an id. Throws a TypeError for anything but 16 lower-case hex digits. */
export function writeId(id: string): Uint8Array {
  if (!ID_PATTERN.test(id)) throw new TypeError("an id is 16 lower-case hex digits");
  return Buffer.from(id, "hex");
}

/**
 * Takes from the first `maxLength` characters of `untrusted` those that a name may have: letters, digits and `.+-_~`. Each is as wide as
 * any other, so a name cannot forge the columns of a table, nor look like another text than it is.
 */
export function cleanName(untrusted: string, maxLength: number): string {
  // Cut first, so that the pattern never runs over more than is kept.
  return untrusted.slice(0, maxLength).replace(NOT_IN_NAMES, "");
}
