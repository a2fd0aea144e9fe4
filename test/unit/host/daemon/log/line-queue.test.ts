import { describe, expect, it } from "vitest";
import { LineQueue } from "../../../../../host/src/daemon/log/line-queue.ts";

describe("the queue of the log's lines", () => {
  it("gives lines back in order, as many as fit, and one that is longer by itself", () => {
    const queue = new LineQueue(100);
    for (const line of ["one\n", "two\n", "three\n", `${"x".repeat(20)}\n`]) queue.push(line);
    expect(String(queue.take(9))).toBe("one\ntwo\n");
    expect(String(queue.take(9))).toBe("three\n");
    expect(String(queue.take(9))).toBe(`${"x".repeat(20)}\n`);
    expect(queue.take(9)).toBeUndefined();
  });

  it("drops what does not fit, and all that follows until half of the room is free and the loss is taken", () => {
    const queue = new LineQueue(40);
    for (let i = 10; i < 20; i++) queue.push(`line ${i}\n`);
    expect(queue.takeLoss()).toBe(0);
    expect(String(queue.take(1))).toBe("line 10\n");
    queue.push("late\n");
    expect(queue.isLosing).toBe(true);
    expect(String(queue.take(16))).toBe("line 11\nline 12\n");
    expect(queue.takeLoss()).toBe(6);
    expect(queue.isLosing).toBe(false);
    queue.push("told\n");
    expect(String(queue.take(100))).toBe("line 13\nline 14\ntold\n");
    expect(queue.takeLoss()).toBe(0);
  });

  it("counts bytes, not characters", () => {
    const queue = new LineQueue(10);
    queue.push("äöü\n");
    queue.push("ß\n");
    queue.push("x\n");
    expect(String(queue.take(100))).toBe("äöü\nß\n");
    expect(queue.takeLoss()).toBe(1);
  });
});
