/** Parses /proc/pressure/memory (kernel: Documentation/accounting/psi.rst). Averages are left out: they lag. */
import { FieldView } from "./field-view.ts";
import { digitsAt, NEWLINE, startsAt } from "./key-values.ts";

/** Time since boot in which some, or all, runnable tasks waited for memory. */
export interface MemoryPressure {
  readonly someStallUs?: number;
  readonly fullStallUs?: number;
}

const SOME = Buffer.from("some ", "latin1");
const FULL = Buffer.from("full ", "latin1");
const TOTAL = Buffer.from(" total=", "latin1");
const EQUALS = 0x3d;

/** A parser that never throws: what is missing or malformed is absent. Its result shows the newest figures, and is always the same object. */
export function pressureParser(): (bytes: Uint8Array, length?: number) => MemoryPressure {
  const view = new FieldView(["someStallUs", "fullStallUs"]);
  return (bytes, length = bytes.length) => {
    view.clear();
    readTotals(bytes, length, view);
    return view.show();
  };
}

function readTotals(bytes: Uint8Array, length: number, view: FieldView<keyof MemoryPressure>): void {
  for (let start = 0; start < length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 || newline > length ? length : newline;
    const totalUs = lastTotal(bytes, start, end);
    if (startsAt(bytes, start, end, SOME)) view.add(0, totalUs);
    else if (startsAt(bytes, start, end, FULL)) view.add(1, totalUs);
    start = end + 1;
  }
}

/** The number after the line's last `=`, if that is the total's; NaN otherwise. */
function lastTotal(bytes: Uint8Array, start: number, end: number): number {
  const equals = bytes.lastIndexOf(EQUALS, end - 1);
  const nameAt = equals + 1 - TOTAL.length;
  return nameAt > start && startsAt(bytes, nameAt, end, TOTAL)
    ? digitsAt(bytes, equals + 1, end)
    : Number.NaN;
}
