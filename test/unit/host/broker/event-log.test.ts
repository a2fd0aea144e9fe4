import { describe, expect, it, vi } from "vitest";
import { EventLog } from "../../../../host/src/broker/event-log.ts";

const clock = { nowMs: () => 0, wallMs: () => 1_700_000_000_000 };

function aDiary() {
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  return { events: new EventLog(clock, log), log };
}

describe("the events", () => {
  it("writes an event down with number and wall-clock time, and logs it at its level", () => {
    const { events, log } = aDiary();
    events.add("warn", "problem", "something", "web1");
    expect(events.since(0, 10)).toEqual([
      { id: 1, atMs: 1_700_000_000_000, level: "warn", kind: "problem", text: "something", guest: "web1" },
    ]);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith({ kind: "problem", guest: "web1" }, "something");
  });

  it("gives the newest of what came after an event, oldest first", () => {
    const { events } = aDiary();
    for (const text of ["a", "b", "c", "d"]) events.add("info", "move", text);
    expect(events.since(1, 2).map(({ text }) => text)).toEqual(["c", "d"]);
    expect(events.since(4, 10)).toEqual([]);
    expect(events.since(0, 0)).toEqual([]);
  });

  it("forgets the oldest, never a number", () => {
    const { events } = aDiary();
    for (let i = 0; i < 5000; i++) events.add("info", "move", String(i));
    const kept = events.since(0, 10_000);
    expect(kept.length).toBeGreaterThanOrEqual(1000);
    expect(kept.length).toBeLessThanOrEqual(2000);
    expect(kept.at(-1)?.id).toBe(5000);
  });

  it("tells who follows, until they stop", () => {
    const { events } = aDiary();
    const heard: string[] = [];
    const stop = events.follow(({ text }) => heard.push(text));
    events.add("info", "move", "first");
    stop();
    events.add("info", "move", "second");
    expect(heard).toEqual(["first"]);
  });
});
