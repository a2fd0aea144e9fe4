/**
 * One row of the history: the host and all guests at one moment, as bytes. Names and words are numbers, sizes are MiB. Little-endian:
 * five sizes and a word of the host; then for each guest its name's number, seven sizes, two words, flags and kills. Pure.
 */
import { MIB } from "../model/bytes.ts";
import type { GuestPoint, HostPoint } from "../model/history.ts";
import { GUEST_SIZES, HOST_SIZES } from "./sizes.ts";

/** Numbers that stand for words, and back. */
export interface Words {
  numberOf(word: string): number;
  wordOf(number: number): string | undefined;
}

const HOST_LENGTH = HOST_SIZES.length * 4 + 2;
const SIZES_AT = 4;
const REASON_AT = SIZES_AT + GUEST_SIZES.length * 4;
const PRESSURE_AT = REASON_AT + 2;
const FLAGS_AT = PRESSURE_AT + 2;
const KILLS_AT = FLAGS_AT + 1;
/** Bytes of one guest in a row. */
export const GUEST_LENGTH = KILLS_AT + 1;

const UNKNOWN_SIZE = 0xffffffff;
const UNKNOWN_WORD = 0;
const MOST_KILLS = 255;
const HAS_AGENT = 1;
const IS_OBSERVED = 2;

export function encodeRow(host: HostPoint, guests: readonly GuestPoint[], words: Words): Uint8Array {
  const bytes = new Uint8Array(HOST_LENGTH + guests.length * GUEST_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [i, field] of HOST_SIZES.entries()) putSize(view, i * 4, host[field]);
  view.setUint16(
    HOST_LENGTH - 2,
    host.regime === undefined ? UNKNOWN_WORD : words.numberOf(host.regime),
    true,
  );
  for (const [i, guest] of guests.entries()) putGuest(view, HOST_LENGTH + i * GUEST_LENGTH, guest, words);
  return bytes;
}

function putGuest(view: DataView, at: number, guest: GuestPoint, words: Words): void {
  view.setUint32(at, words.numberOf(guest.name), true);
  for (const [i, field] of GUEST_SIZES.entries()) putSize(view, at + SIZES_AT + i * 4, guest[field]);
  view.setUint16(at + REASON_AT, words.numberOf(guest.reason), true);
  const { pressure } = guest;
  view.setUint16(at + PRESSURE_AT, pressure === undefined ? UNKNOWN_WORD : words.numberOf(pressure), true);
  view.setUint8(at + FLAGS_AT, (guest.hasAgent ? HAS_AGENT : 0) | (guest.isObserved ? IS_OBSERVED : 0));
  view.setUint8(at + KILLS_AT, Math.min(MOST_KILLS, guest.oomKills));
}

/** The host of a row; undefined: the row is damaged. */
export function hostOf(row: Uint8Array, words: Words): HostPoint | undefined {
  if (row.length < HOST_LENGTH || (row.length - HOST_LENGTH) % GUEST_LENGTH !== 0) return undefined;
  const view = viewOf(row);
  const regime = words.wordOf(view.getUint16(HOST_LENGTH - 2, true));
  return { ...sizesOf(view, 0, HOST_SIZES), ...(regime !== undefined && { regime }) } as HostPoint;
}

/** All guests of a row. */
export function guestsOf(row: Uint8Array, words: Words): GuestPoint[] {
  const view = viewOf(row);
  const count = Math.floor((row.length - HOST_LENGTH) / GUEST_LENGTH);
  return Array.from({ length: Math.max(0, count) }, (_, i) =>
    takeGuest(view, HOST_LENGTH + i * GUEST_LENGTH, words),
  ).filter((guest) => guest !== undefined);
}

/** One guest of a row, by its name's number. */
export function guestOf(row: Uint8Array, nameNumber: number, words: Words): GuestPoint | undefined {
  const view = viewOf(row);
  for (let at = HOST_LENGTH; at + GUEST_LENGTH <= row.length; at += GUEST_LENGTH)
    if (view.getUint32(at, true) === nameNumber) return takeGuest(view, at, words);
  return undefined;
}

function takeGuest(view: DataView, at: number, words: Words): GuestPoint | undefined {
  const name = words.wordOf(view.getUint32(at, true));
  const reason = words.wordOf(view.getUint16(at + REASON_AT, true));
  if (name === undefined || reason === undefined) return undefined;
  const pressure = words.wordOf(view.getUint16(at + PRESSURE_AT, true));
  const flags = view.getUint8(at + FLAGS_AT);
  return {
    name,
    ...sizesOf(view, at + SIZES_AT, GUEST_SIZES),
    reason,
    ...(pressure !== undefined && { pressure }),
    hasAgent: (flags & HAS_AGENT) !== 0,
    isObserved: (flags & IS_OBSERVED) !== 0,
    oomKills: view.getUint8(at + KILLS_AT),
  } as GuestPoint;
}

function putSize(view: DataView, at: number, bytes: number | undefined): void {
  const mebibytes = bytes === undefined ? UNKNOWN_SIZE : Math.round(bytes / MIB);
  view.setUint32(at, Math.min(UNKNOWN_SIZE, Math.max(0, mebibytes)), true);
}

function sizesOf<F extends string>(
  view: DataView,
  from: number,
  fields: readonly F[],
): { [K in F]?: number } {
  const sizes: { [K in F]?: number } = {};
  for (const [i, field] of fields.entries()) {
    const mebibytes = view.getUint32(from + i * 4, true);
    if (mebibytes !== UNKNOWN_SIZE) sizes[field] = mebibytes * MIB;
  }
  return sizes;
}

function viewOf(row: Uint8Array): DataView {
  return new DataView(row.buffer, row.byteOffset, row.byteLength);
}
