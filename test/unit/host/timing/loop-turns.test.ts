/** Whose turn of the event loop it is. */
import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { LoopTurns } from "../../../../host/src/timing/loop-turns.ts";

const closed = () => new Socket().destroy();

/** Takes a turn for each socket; gives what came of those that had theirs, in order. */
function takeAll(turns: LoopTurns, sockets: readonly Socket[]): string[] {
  const had: string[] = [];
  for (const [index, socket] of sockets.entries())
    void turns.take(socket).then((isWanted) => had.push(`${index} ${isWanted}`));
  return had;
}

it("one has its turn in each turn of the event loop, in the order in which they came", async () => {
  const had = takeAll(new LoopTurns(), [new Socket(), new Socket(), new Socket()]);
  const lengths = [had.length];
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    lengths.push(had.length);
  }
  expect(lengths).toEqual([0, 1, 2, 3]);
  expect(had).toEqual(["0 true", "1 true", "2 true"]);
});

it("those whose connection is closed take no turn", async () => {
  const turns = new LoopTurns();
  const had = takeAll(turns, [closed(), closed(), new Socket(), closed()]);
  await nextTurn();
  expect(had).toEqual(["0 false", "1 false", "2 true"]);
  await nextTurn();
  expect(had).toEqual(["0 false", "1 false", "2 true", "3 false"]);
  expect(await turns.take(new Socket())).toBe(true);
});
