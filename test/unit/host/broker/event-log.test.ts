import { describe, expect, it, vi } from "vitest";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import type { EventKind } from "../../../../host/src/model/events.ts";

const WALL_MS = 1_700_000_000_000;

function aLog() {
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const clock = { ms: 0, nowMs: () => clock.ms, wallMs: () => WALL_MS };
  return { events: new EventLog(clock, log), log, clock };
}

/** Adds one line every `everyMs` for `forMs`; the texts that were written. */
function flood(kind: EventKind, guests: readonly string[], everyMs: number, forMs: number) {
  const { events, clock, log } = aLog();
  for (clock.ms = 0; clock.ms < forMs; clock.ms += everyMs)
    for (const guest of guests) events.add("info", kind, "line", guest);
  return { texts: events.since(0, 100_000).map(({ text }) => text), logged: log.info.mock.calls.length };
}

describe("the events", () => {
  it("are written down with number and wall-clock time, and logged at their level", () => {
    const { events, log } = aLog();
    events.add("warn", "problem", "something", "web1");
    expect(events.since(0, 10)).toEqual([
      { id: 1, atMs: WALL_MS, level: "warn", kind: "problem", text: "something", guest: "web1" },
    ]);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith({ kind: "problem", guest: "web1" }, "something");
  });

  it("are given from after an event on, the newest, oldest first", () => {
    const { events } = aLog();
    for (const [text, guest] of [["a"], ["b", "web1"], ["c"], ["d", "db1"]] as const)
      events.add("info", "move", text, guest);
    expect(events.since(1, 2).map(({ text }) => text)).toEqual(["c", "d"]);
    expect(events.since(4, 10)).toEqual([]);
    expect(events.since(0, 0)).toEqual([]);
  });

  it("are forgotten oldest first, never a number", () => {
    const { events } = aLog();
    for (let i = 0; i < 5000; i++) events.add("info", "regime", String(i));
    const kept = events.since(0, 10_000);
    expect(kept).toHaveLength(2000);
    expect(kept.at(-1)?.id).toBe(5000);
  });

  it("reach each listener until it stops", () => {
    const { events } = aLog();
    const heard: string[] = [];
    const stop = events.follow(({ text }) => heard.push(text));
    events.add("info", "move", "first");
    stop();
    events.add("info", "move", "second");
    expect(heard).toEqual(["first"]);
  });
});

describe("one guest's events", () => {
  it("never push out another's, nor the host's own", () => {
    const { events, clock } = aLog();
    events.add("info", "started", "the start");
    events.add("error", "guest", "precious", "web1");
    for (let i = 0; i < 10_000; i++) {
      clock.ms += 1000;
      events.add("info", "move", String(i), "noisy");
    }
    const kept = events.since(0, 10_000);
    expect(kept).toHaveLength(2000);
    expect(kept.slice(0, 2).map(({ text }) => text)).toEqual(["the start", "precious"]);
  });

  it("of each kind have a rate; what is left out is counted in the next line", () => {
    const { texts, logged } = flood("guest", ["noisy"], 12, 25_000);
    expect(texts.length).toBeLessThanOrEqual(25);
    expect(logged).toBe(texts.length);
    expect(texts.at(-1)).toMatch(/^line \(and \d+ more of this kind before\)$/);
  });

  it("do not cost another guest, nor another kind, its own lines", () => {
    const alone = flood("guest", ["a"], 20, 20_000).texts.length;
    expect(flood("guest", ["a", "b"], 20, 20_000).texts).toHaveLength(2 * alone);
    const { events } = aLog();
    for (let i = 0; i < 100; i++) events.add("info", "demand", "line", "a");
    events.add("info", "move", "other kind", "a");
    expect(events.since(0, 1000).at(-1)?.text).toBe("other kind");
  });

  it("are all told while they are few, and what an admin does always is", () => {
    expect(flood("demand", ["a"], 3000, 30_000).texts).toEqual(Array(10).fill("line"));
    expect(flood("manual", ["a"], 10, 5_000).texts).toHaveLength(500);
  });

  it("have a rate for all guests together", () => {
    const guests = Array.from({ length: 1000 }, (_, i) => `g${i}`);
    expect(flood("problem", guests, 100, 10_000).texts.length).toBeLessThanOrEqual(2_000);
    const { logged } = flood("problem", guests, 100, 10_000);
    expect(logged).toBeLessThanOrEqual(2_000 + 50 * 10);
  });
});
