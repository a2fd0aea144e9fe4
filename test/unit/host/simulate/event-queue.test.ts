import fc from "fast-check";
import { expect, it } from "vitest";
import { EventQueue } from "../../../../host/src/simulate/event-queue.ts";

/** Takes all out, in order. */
function drain(queue: EventQueue): number[] {
  const times: number[] = [];
  for (let event = queue.next(); event !== undefined; event = queue.next()) {
    times.push(event.atMs);
    event.happen();
  }
  return times;
}

it("gives events in the order of their time, whatever the order of their coming", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
      const queue = new EventQueue();
      for (const atMs of times) queue.add(atMs, () => {});
      expect(drain(queue)).toEqual([...times].sort((a, b) => a - b));
    }),
    { seed: 1 },
  );
});

it("gives events of the same time in the order of their coming", () => {
  const queue = new EventQueue();
  const happened: number[] = [];
  for (let number = 0; number < 20; number++) queue.add(number % 2, () => happened.push(number));
  drain(queue);
  expect(happened).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
});

it("takes in what is added while events happen", () => {
  const queue = new EventQueue();
  queue.add(1, () => queue.add(2, () => queue.add(4, () => {})));
  queue.add(3, () => {});
  expect(drain(queue)).toEqual([1, 2, 3, 4]);
});

it("has nothing to give when it is empty", () => {
  expect(new EventQueue().next()).toBeUndefined();
});
