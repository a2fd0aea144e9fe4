import { describe, expect, it } from "vitest";
import { StreamQueue } from "../../../../host/src/serve/stream-queue.ts";

describe("the queue of a stream's reader", () => {
  it("gives messages in their order", () => {
    const queue = new StreamQueue({ messages: 3, characters: 10 });
    expect([queue.push("one"), queue.push("two")]).toEqual([true, true]);
    expect([queue.take(), queue.take(), queue.take()]).toEqual(["one", "two", undefined]);
  });

  it("takes no more messages than its bounds, and has room again for each that was taken", () => {
    const queue = new StreamQueue({ messages: 2, characters: 100 });
    expect([queue.push("a"), queue.push("b"), queue.push("c")]).toEqual([true, true, false]);
    queue.take();
    expect(queue.push("c")).toBe(true);
  });

  it("takes no more characters than its bounds, of all that wait", () => {
    const queue = new StreamQueue({ messages: 100, characters: 10 });
    expect([queue.push("12345"), queue.push("123456"), queue.push("12345")]).toEqual([true, false, true]);
    queue.take();
    expect(queue.push("12345")).toBe(true);
    queue.clear();
    expect([queue.take(), queue.push("1234567890")]).toEqual([undefined, true]);
  });
});
