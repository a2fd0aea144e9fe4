import { describe, expect, it } from "vitest";
import { recentMoves } from "../../../../host/src/broker/recent-moves.ts";

const move = (atMs: number) => ({ atMs, toBytes: atMs * 10, reason: "demand" }) as const;
const GUESTS = [
  { name: "web", moves: [move(5), move(3), move(1)] },
  { name: "db", moves: [move(4), move(2)] },
];

describe("recent moves", () => {
  it("are those of all guests since a time, oldest first", () => {
    const all = recentMoves(GUESTS, 2, 10);
    expect(all.map(({ name, atMs }) => `${name} ${atMs}`)).toEqual(["db 2", "web 3", "db 4", "web 5"]);
    expect(all[0]).toEqual({ name: "db", atMs: 2, toBytes: 20, reason: "demand" });
    expect(recentMoves(GUESTS, 6, 10)).toEqual([]);
  });

  it("are no more than are wanted, and then the newest", () => {
    expect(recentMoves(GUESTS, 0, 2).map(({ atMs }) => atMs)).toEqual([4, 5]);
    expect(recentMoves(GUESTS, 0, 0)).toEqual([]);
  });
});
