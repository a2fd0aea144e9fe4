/** Reads the history a few rows at a time, so that the broker's loop goes on meanwhile. */
import { setImmediate } from "node:timers/promises";
import type { GuestHistory, GuestStep, HistoryStep } from "../model/history.ts";
import { guestOf } from "./codec.ts";
import { finerThan, LEVELS, type Level, levelFor, MOST_REPORT_STEPS, stepOf } from "./levels.ts";
import type { HistoryStore, StoredRow } from "./store.ts";

/** Rows of 200 guests of which this many are read, and one guest's points decoded, in about 2 ms. */
const ROWS_AT_ONCE = 100;
/** A report decodes all guests and tries Proxmox's rule on them: these take about 7 ms. */
const REPORT_ROWS_AT_ONCE = 20;
const MOST_MOVES = 200;

/** One guest's steps and moves; undefined: nothing was ever written of it. */
export async function readGuest(
  store: HistoryStore,
  name: string,
  sinceMs: number,
  untilMs: number,
  nowMs: number,
): Promise<GuestHistory | undefined> {
  const number = store.words.known(name);
  if (number === undefined) return undefined;
  const points: GuestStep[] = [];
  const level = levelFor(sinceMs, untilMs, nowMs);
  await eachRow(store, level, sinceMs, untilMs, ROWS_AT_ONCE, ({ atMs, row }, { stepMs }) => {
    const point = guestOf(row, number, store.words);
    if (point === undefined) return;
    const { name: _name, ...figures } = point;
    points.push({ atMs, stepMs, ...figures });
  });
  return { name, points, moves: store.moves(name, sinceMs, untilMs, MOST_MOVES) };
}

/** The finest step that holds a moment; undefined: nothing was written of it, or it is dropped by now. */
export function readMoment(store: HistoryStore, atMs: number): HistoryStep | undefined {
  for (const level of LEVELS) {
    const fromMs = stepOf(atMs, level);
    const [found] = store.rows(level, fromMs, fromMs + 1, 1);
    if (found !== undefined) return { atMs: fromMs, stepMs: level.stepMs, ...store.decode(found.row) };
  }
  return undefined;
}

/** All guests' steps for a report, oldest first. */
export function readSteps(
  store: HistoryStore,
  sinceMs: number,
  untilMs: number,
  nowMs: number,
  take: (step: HistoryStep) => void,
): Promise<void> {
  const level = levelFor(sinceMs, untilMs, nowMs, MOST_REPORT_STEPS);
  return eachRow(store, level, sinceMs, untilMs, REPORT_ROWS_AT_ONCE, ({ atMs, row }, { stepMs }) =>
    take({ atMs, stepMs, ...store.decode(row) }),
  );
}

/** The rows of a level; what it does not have yet comes from the finer ones. */
async function eachRow(
  store: HistoryStore,
  first: Level,
  sinceMs: number,
  untilMs: number,
  rowsAtOnce: number,
  take: (row: StoredRow, level: Level) => void,
): Promise<void> {
  let fromMs = sinceMs;
  for (const level of [first, ...finerThan(first)]) {
    for (;;) {
      const rows = store.rows(level, fromMs, untilMs, rowsAtOnce);
      for (const row of rows) take(row, level);
      fromMs = Math.max(fromMs, (rows.at(-1)?.atMs ?? fromMs - level.stepMs) + level.stepMs);
      await setImmediate();
      if (rows.length < rowsAtOnce) break;
    }
  }
}
