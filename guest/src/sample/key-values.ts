/** Reads chosen numbers out of `key value` lines (meminfo, vmstat, arcstats) without making strings. */

export const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;

/** Which keys make up each field; several keys of one field are added up. */
export type FieldKeys<F extends string> = Readonly<Record<F, readonly string[]>>;
export type FieldValues<F extends string> = { -readonly [K in F]?: number };

interface Entry {
  readonly keyBytes: Uint8Array;
  readonly slot: number;
}

/**
 * A prepared search for the keys of a key-value file.
 * Numbers that are missing, negative, not numeric or too big to be exact are absent from the result.
 */
export class KeyValueScanner<F extends string> {
  readonly #fields: readonly F[];
  readonly #entriesByHash = new Map<number, Entry[]>();
  readonly #sums: Float64Array;
  readonly #column: number;

  /** `column` is which number after the key to take: 1 for meminfo and vmstat, 2 for kstat files (type, data). */
  constructor(keys: FieldKeys<F>, column = 1) {
    this.#fields = Object.keys(keys) as F[];
    this.#sums = new Float64Array(this.#fields.length);
    this.#column = column;
    this.#fields.forEach((field, slot) => {
      for (const key of keys[field]) this.#add(Buffer.from(key, "latin1"), slot);
    });
  }

  /** Scans the first `length` bytes; every value is multiplied by `unit`. */
  scan(bytes: Uint8Array, length: number, unit = 1): FieldValues<F> {
    this.#sums.fill(Number.NaN);
    const end = Math.min(length, bytes.length);
    let lineStart = 0;
    while (lineStart < end) {
      lineStart = this.#scanLine(bytes, lineStart, end, unit);
    }
    return this.#collect();
  }

  #add(keyBytes: Uint8Array, slot: number): void {
    let hash = 0;
    for (const byte of keyBytes) hash = mix(hash, byte);
    const bucket = this.#entriesByHash.get(hash);
    if (bucket) bucket.push({ keyBytes, slot });
    else this.#entriesByHash.set(hash, [{ keyBytes, slot }]);
  }

  #scanLine(bytes: Uint8Array, lineStart: number, end: number, unit: number): number {
    let position = lineStart;
    let hash = 0;
    for (; position < end; position++) {
      const byte = bytes[position] ?? NEWLINE;
      if (byte === SPACE || byte === COLON || byte === NEWLINE || byte === TAB) break;
      hash = mix(hash, byte);
    }
    const slot = this.#slotOf(bytes, lineStart, position, hash);
    if (slot !== undefined) {
      const value = numberInColumn(bytes, position, end, this.#column) * unit;
      const before = this.#sums[slot] ?? Number.NaN;
      if (Number.isSafeInteger(value)) this.#sums[slot] = Number.isNaN(before) ? value : before + value;
    }
    const newline = bytes.indexOf(NEWLINE, position);
    return newline < 0 ? end : newline + 1;
  }

  #slotOf(bytes: Uint8Array, from: number, to: number, hash: number): number | undefined {
    const bucket = this.#entriesByHash.get(hash);
    if (!bucket) return undefined;
    for (const entry of bucket) {
      if (isSame(bytes, from, to, entry.keyBytes)) return entry.slot;
    }
    return undefined;
  }

  #collect(): FieldValues<F> {
    const result: FieldValues<F> = {};
    let slot = 0;
    for (const field of this.#fields) {
      const sum = this.#sums[slot++] ?? Number.NaN;
      if (!Number.isNaN(sum)) result[field] = sum;
    }
    return result;
  }
}

function mix(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

function isSame(bytes: Uint8Array, from: number, to: number, keyBytes: Uint8Array): boolean {
  return to - from === keyBytes.length && startsAt(bytes, from, to, keyBytes);
}

/** Whether `keyBytes` stand at `from` and end before `end`. */
export function startsAt(bytes: Uint8Array, from: number, end: number, keyBytes: Uint8Array): boolean {
  if (end - from < keyBytes.length) return false;
  for (let i = 0; i < keyBytes.length; i++) {
    if (bytes[from + i] !== keyBytes[i]) return false;
  }
  return true;
}

/** The `column`-th blank-separated word from `from` to the line's end, as a number; NaN unless it is all digits. */
function numberInColumn(bytes: Uint8Array, from: number, end: number, column: number): number {
  let position = from;
  for (let word = 1; ; word++) {
    while (position < end && isBlank(bytes[position])) position++;
    if (word === column) return digitsAt(bytes, position, end);
    while (position < end && !isBlank(bytes[position]) && bytes[position] !== NEWLINE) position++;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === COLON;
}

/** The digits at `from`, up to a blank or the line's end, as a number; NaN unless there are some and nothing else. */
export function digitsAt(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  let position = from;
  for (; position < end; position++) {
    const byte = bytes[position] ?? NEWLINE;
    if (byte < ZERO || byte > NINE) break;
    value = value * 10 + (byte - ZERO);
  }
  const after = position < end ? bytes[position] : NEWLINE;
  return position > from && (after === NEWLINE || isBlank(after)) ? value : Number.NaN;
}
