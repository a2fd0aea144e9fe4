/** Holds the promises 1 to 5 against what was written down of a run. */
import { RULES, type RunTimes } from "./rules.ts";
import type { RunRecord } from "./run-record.ts";
import { RunState } from "./run-state.ts";

/** One broken promise. */
export interface Violation {
  readonly promise: number;
  readonly rule: string;
  readonly atMs: number;
  readonly guest?: string;
  readonly text: string;
}

/** Every promise that the run broke, in its order. Throws `RangeError` for records that make no sense. */
export function violations(records: readonly RunRecord[], times: RunTimes): Violation[] {
  const run = new RunState();
  const found: Violation[] = [];
  for (const record of records) {
    for (const { promise, name: rule, broken } of RULES) {
      const text = broken(record, run, times);
      if (text === undefined) continue;
      const guest = "guest" in record && record.guest !== undefined && { guest: record.guest };
      found.push({ promise, rule, atMs: record.atMs, ...guest, text });
    }
    run.take(record);
  }
  return found;
}

/** How often the broker took and gave: a run in which nothing moved proves nothing. */
export function countMoves(records: readonly RunRecord[]): {
  readonly taken: number;
  readonly given: number;
} {
  const run = new RunState();
  const moves = { taken: 0, given: 0 };
  for (const record of records) {
    const guest = record.kind === "target" ? run.guests.get(record.guest) : undefined;
    if (record.kind === "target" && guest !== undefined) {
      const fromBytes = guest.targetBytes ?? guest.sizeBytes;
      if (record.bytes < fromBytes) moves.taken += 1;
      else if (record.bytes > fromBytes) moves.given += 1;
    }
    run.take(record);
  }
  return moves;
}

/** What is true after all that was written down. */
export function stateAfter(records: readonly RunRecord[]): RunState {
  const run = new RunState();
  for (const record of records) run.take(record);
  return run;
}
