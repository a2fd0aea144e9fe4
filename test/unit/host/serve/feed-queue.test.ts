import { describe, expect, it } from "vitest";
import { FeedQueue } from "../../../../host/src/serve/feed-queue.ts";

describe("FeedQueue", () => {
  it("hands out what waits, oldest first, and then nothing", () => {
    const queue = new FeedQueue<number>(2);
    queue.push(1);
    queue.push(2);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([{ item: 1 }, { item: 2 }, undefined]);
  });

  it("drops the oldest when full and says so before what came after", () => {
    const queue = new FeedQueue<number>(2);
    for (const item of [1, 2, 3, 4, 5]) queue.push(item);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
      { dropped: 3 },
      { item: 4 },
      { item: 5 },
      undefined,
    ]);
  });
});
