import { describe, expect, it, vi } from "vitest";
import { Diary } from "../../../../host/src/broker/diary.ts";

const clock = { nowMs: () => 0, wallMs: () => 1_700_000_000_000 };

function aDiary() {
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  return { diary: new Diary(clock, log), log };
}

describe("the diary", () => {
  it("writes an event down with number and wall-clock time, and logs it at its level", () => {
    const { diary, log } = aDiary();
    diary.note("warn", "problem", "something", "web1");
    expect(diary.since(0, 10)).toEqual([
      { id: 1, atMs: 1_700_000_000_000, level: "warn", kind: "problem", text: "something", guest: "web1" },
    ]);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith({ kind: "problem", guest: "web1" }, "something");
  });

  it("gives the newest of what came after an event, oldest first", () => {
    const { diary } = aDiary();
    for (const text of ["a", "b", "c", "d"]) diary.note("info", "move", text);
    expect(diary.since(1, 2).map(({ text }) => text)).toEqual(["c", "d"]);
    expect(diary.since(4, 10)).toEqual([]);
    expect(diary.since(0, 0)).toEqual([]);
  });

  it("forgets the oldest, never a number", () => {
    const { diary } = aDiary();
    for (let i = 0; i < 5000; i++) diary.note("info", "move", String(i));
    const kept = diary.since(0, 10_000);
    expect(kept.length).toBeGreaterThanOrEqual(1000);
    expect(kept.length).toBeLessThanOrEqual(2000);
    expect(kept.at(-1)?.id).toBe(5000);
  });

  it("tells who follows, until they stop", () => {
    const { diary } = aDiary();
    const heard: string[] = [];
    const stop = diary.follow(({ text }) => heard.push(text));
    diary.note("info", "move", "first");
    stop();
    diary.note("info", "move", "second");
    expect(heard).toEqual(["first"]);
  });
});
