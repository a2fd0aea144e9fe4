import { describe, expect, it } from "vitest";
import { mustWaitToTurn, turnsAfter } from "../../../../../host/src/policy/learn/turns.ts";
import { type MotionMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { NOW } from "../../../../fakes/facts.ts";

const turned = (count: number, atMs = NOW): MotionMemory => ({ direction: "up", turns: { count, atMs } });

describe("a turn", () => {
  it("is a move against the last one; the first move of all is none", () => {
    expect(turnsAfter({}, "up", NOW)).toBeUndefined();
    expect(turnsAfter({ direction: "up" }, "up", NOW)).toBeUndefined();
    expect(turnsAfter({ direction: "up" }, "down", NOW)).toEqual({ count: 1, atMs: NOW });
  });

  it("counts on top of those before, which are kept while it moves on", () => {
    expect(turnsAfter(turned(3), "down", NOW + 5_000)).toEqual({ count: 4, atMs: NOW + 5_000 });
    expect(turnsAfter(turned(3), "up", NOW + 5_000)).toEqual({ count: 3, atMs: NOW });
  });

  it("is the first one again after a minute without any", () => {
    expect(turnsAfter(turned(3), "down", NOW + 59_999)?.count).toBe(4);
    expect(turnsAfter(turned(3), "down", NOW + 60_000)?.count).toBe(1);
  });
});

describe("a guest whose balloon turned", () => {
  /** How long the next turn waits, in ms: the first whole second at which it need not. */
  const waitMs = (count: number) => {
    const memory = { ...newGuestMemory(0), motion: turned(count) };
    let ms = 0;
    while (mustWaitToTurn(memory, "down", NOW + ms)) ms += 500;
    return ms;
  };

  it("never or once turns again at once", () => {
    expect(mustWaitToTurn(newGuestMemory(0), "down", NOW)).toBe(false);
    expect(waitMs(1)).toBe(0);
  });

  it("waits 1 s after the second turn, twice as long after each, and 32 s at most", () => {
    expect([2, 3, 4, 5, 6, 7, 8, 2000].map(waitMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000,
    ]);
  });

  it("goes on in the same direction without waiting", () => {
    expect(mustWaitToTurn({ ...newGuestMemory(0), motion: turned(9) }, "up", NOW)).toBe(false);
  });
});
