/** Parses /proc/pressure/memory (kernel: Documentation/accounting/psi.rst). Averages are left out: they lag. */
import { digitsAt, NEWLINE, startsAt } from "./key-values.ts";

/** Time since boot in which some, or all, runnable tasks waited for memory. */
export interface MemoryPressure {
  someStallUs?: number;
  fullStallUs?: number;
}

const SOME = Buffer.from("some ", "latin1");
const FULL = Buffer.from("full ", "latin1");
const TOTAL = Buffer.from(" total=", "latin1");
const EQUALS = 0x3d;

/** Never throws: what is missing or malformed is absent. Makes one object and no strings. */
export function parsePressure(bytes: Uint8Array, length = bytes.length): MemoryPressure {
  const pressure: MemoryPressure = {};
  for (let start = 0; start < length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 || newline > length ? length : newline;
    const totalUs = lastTotal(bytes, start, end);
    if (Number.isSafeInteger(totalUs)) {
      if (startsAt(bytes, start, end, SOME)) pressure.someStallUs = totalUs;
      else if (startsAt(bytes, start, end, FULL)) pressure.fullStallUs = totalUs;
    }
    start = end + 1;
  }
  return pressure;
}

/** The number after the line's last `=`, if that is the total's; NaN otherwise. */
function lastTotal(bytes: Uint8Array, start: number, end: number): number {
  const equals = bytes.lastIndexOf(EQUALS, end - 1);
  const nameAt = equals + 1 - TOTAL.length;
  return nameAt > start && startsAt(bytes, nameAt, end, TOTAL)
    ? digitsAt(bytes, equals + 1, end)
    : Number.NaN;
}
