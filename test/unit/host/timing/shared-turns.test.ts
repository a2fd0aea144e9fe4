/** How much work of one kind is under way at a time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { SharedTurns } from "../../../../host/src/timing/shared-turns.ts";

/** Requests so many pieces of work, each of which ends when it is told to; gives the numbers of those that began, in order. */
function request(turns: SharedTurns, count: number) {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const all = Array.from({ length: count }, (_, number) =>
    turns.run(() => {
      begun.push(number);
      return new Promise((end) => ends.set(number, end));
    }),
  );
  return { begun, end: (number: number) => ends.get(number)?.(), all };
}

async function turnsPass(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

it("begins no more pieces than are allowed, and the next as others end, in the order in which they came", async () => {
  const { begun, end, all } = request(new SharedTurns(2), 4);
  await turnsPass();
  expect(begun).toEqual([0, 1]);
  end(1);
  await turnsPass();
  expect(begun).toEqual([0, 1, 2]);
  end(0);
  end(2);
  await turnsPass();
  expect(begun).toEqual([0, 1, 2, 3]);
  end(3);
  await Promise.all(all);
});

it("begins the next all the same when some take long", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { begun, end } = request(new SharedTurns(2), 5);
  await turnsPass();
  vi.advanceTimersByTime(4);
  await turnsPass();
  expect(begun).toEqual([0, 1, 2, 3]);
  // Those that took long end late, and are not counted twice.
  for (const late of [0, 1, 2]) end(late);
  await turnsPass();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

it("goes on after a piece that fails", async () => {
  const turns = new SharedTurns(1);
  const failed = turns.run(() => Promise.reject(new Error("no")));
  const next = turns.run(() => Promise.resolve());
  await expect(failed).rejects.toThrow("no");
  await next;
});
