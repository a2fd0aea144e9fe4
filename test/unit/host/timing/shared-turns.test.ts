/** How much work of one kind begins in one turn of the event loop. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { SharedTurns } from "../../../../host/src/timing/shared-turns.ts";

/** Requests so many starts; gives the numbers of those that began, in order. */
function takeAll(turns: SharedTurns, count: number): number[] {
  const begun: number[] = [];
  for (let number = 0; number < count; number++) void turns.take().then(() => begun.push(number));
  return begun;
}

it("no more begin in one turn than are allowed, the first at once, all in the order in which they came", async () => {
  const begun = takeAll(new SharedTurns(2), 5);
  await Promise.resolve();
  const lengths = [begun.length];
  for (let turn = 0; turn < 2; turn++) {
    await nextTurn();
    lengths.push(begun.length);
  }
  expect(lengths).toEqual([2, 4, 5]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

it("one that comes late waits behind those that wait, and a new turn has room again", async () => {
  const turns = new SharedTurns(2);
  const first = takeAll(turns, 3);
  const late = takeAll(turns, 2);
  await nextTurn();
  expect([first.length, late.length]).toEqual([3, 1]);
  await nextTurn();
  await nextTurn();
  expect(late).toEqual([0, 1]);
  const later = takeAll(turns, 1);
  await Promise.resolve();
  expect(later).toEqual([0]);
});
