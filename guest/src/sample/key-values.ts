/** Reads chosen numbers out of `key value` lines (meminfo, vmstat, arcstats) without leaving anything for the garbage collector. */
import { type FieldValues, FieldView } from "./field-view.ts";

export const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;

/** Which keys make up each field; several keys of one field are added up. */
export type FieldKeys<F extends string> = Readonly<Record<F, readonly string[]>>;

interface Entry {
  readonly keyBytes: Uint8Array;
  /** Of the fields that the key is part of. */
  readonly slots: number[];
}

interface ScanOptions {
  /** Which number after the key to take: 1 for meminfo and vmstat, 2 for kstat files (type, data). */
  readonly column?: number;
  /** Every value is multiplied by this. */
  readonly unit?: number;
}

/**
 * A prepared search for the keys of a key-value file.
 * Numbers that are missing, negative, not numeric or too big to be exact are absent from the result.
 */
export class KeyValueScanner<F extends string> {
  readonly #entriesByHash = new Map<number, Entry[]>();
  readonly #view: FieldView<F>;
  readonly #column: number;

  constructor(keys: FieldKeys<F>, { column = 1, unit = 1 }: ScanOptions = {}) {
    const fields = Object.keys(keys) as F[];
    this.#view = new FieldView(fields, unit);
    this.#column = column;
    fields.forEach((field, slot) => {
      for (const key of keys[field]) this.#entry(Buffer.from(key, "latin1")).slots.push(slot);
    });
  }

  /** Scans the first `length` bytes. What it gives shows these figures until the next scan, and is the same object then. */
  scan(bytes: Uint8Array, length: number): FieldValues<F> {
    this.#view.clear();
    const end = Math.min(length, bytes.length);
    let lineStart = 0;
    while (lineStart < end) {
      lineStart = this.#scanLine(bytes, lineStart, end);
    }
    return this.#view.show();
  }

  #entry(keyBytes: Uint8Array): Entry {
    let hash = 0;
    for (const byte of keyBytes) hash = mix(hash, byte);
    const known = this.#find(keyBytes, 0, keyBytes.length, hash);
    if (known) return known;
    const entry: Entry = { keyBytes, slots: [] };
    this.#entriesByHash.set(hash, [...(this.#entriesByHash.get(hash) ?? []), entry]);
    return entry;
  }

  #scanLine(bytes: Uint8Array, lineStart: number, end: number): number {
    let position = lineStart;
    let hash = 0;
    for (; position < end; position++) {
      const byte = bytes[position] ?? NEWLINE;
      if (byte === SPACE || byte === COLON || byte === NEWLINE || byte === TAB) break;
      hash = mix(hash, byte);
    }
    const entry = this.#find(bytes, lineStart, position, hash);
    if (entry) this.#take(entry, numberInColumn(bytes, position, end, this.#column));
    const newline = bytes.indexOf(NEWLINE, position);
    return newline < 0 ? end : newline + 1;
  }

  #take({ slots }: Entry, value: number): void {
    for (let i = 0; i < slots.length; i++) this.#view.add(slots[i] ?? 0, value);
  }

  #find(bytes: Uint8Array, from: number, to: number, hash: number): Entry | undefined {
    const bucket = this.#entriesByHash.get(hash);
    if (!bucket) return undefined;
    for (let i = 0; i < bucket.length; i++) {
      const entry = bucket[i];
      if (entry && isSame(bytes, from, to, entry.keyBytes)) return entry;
    }
    return undefined;
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
