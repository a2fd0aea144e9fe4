import { describe, expect, it } from "vitest";
import { noForeignMoves, watchForeignMoves } from "../../../../host/src/broker/foreign-moves.ts";
import { GuestBalloon } from "../../../../host/src/broker/guest-balloon.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

/** A balloon sent to `targetMib` that shows these sizes, one after the other; the place of the first that proves another program. */
function foreignAt(targetMib: number, sizesMib: readonly number[], mayDeflate = true): number {
  let watch = noForeignMoves();
  return sizesMib.findIndex((mib) => {
    watch = watchForeignMoves(watch, { actualBytes: mib * MIB, targetBytes: targetMib * MIB, mayDeflate });
    return watch.isForeign;
  });
}

describe("another program on a balloon", () => {
  it("is seen when the balloon goes below its target, at the second reading", () => {
    expect(foreignAt(2048, [2048, 1024, 1024])).toBe(2);
    expect(foreignAt(2048, [2048, 1024, 2048, 1024, 2048])).toBe(-1);
  });

  it("is seen at the second move to one size above the target", () => {
    expect(foreignAt(1024, [1024, 2048, 1024, 2048])).toBe(3);
  });

  it("is seen at any second move upwards of a guest that takes nothing back by itself", () => {
    expect(foreignAt(1024, [1024, 1500, 1024, 2048], false)).toBe(3);
    expect(foreignAt(1024, [1024, 1500, 1024, 2048], true)).toBe(-1);
  });

  it.each([
    ["is still on its way down or up", 1024, [2048, 1600, 1200, 1024, 1024]],
    ["never arrives", 1024, [1500, 1500, 1500]],
    ["goes a little too far, as drivers do", 1024, [1024, 1012, 1024, 1012]],
    ["is taken back in small steps under deflate-on-oom", 300, [300, 316, 300, 316, 300]],
    ["is taken back once", 300, [300, 700]],
  ])("is not seen when the balloon %s", (_, target, sizes) => {
    expect(foreignAt(target, sizes)).toBe(-1);
  });
});

describe("a balloon that another program moves", () => {
  const taken = () => {
    const balloon = new GuestBalloon();
    balloon.sawActual(2048 * MIB, 0);
    balloon.commanded(2000 * MIB, 1);
    balloon.sawActual(2000 * MIB, 2);
    expect(balloon.sawActual(1024 * MIB, 2.5)).toBe(false);
    expect(balloon.sawActual(1024 * MIB, 3)).toBe(true);
    return balloon;
  };

  it("is not taken for one by what was read before the last command", () => {
    const balloon = new GuestBalloon();
    balloon.sawActual(300 * MIB, 0);
    balloon.commanded(512 * MIB, 10);
    for (const atMs of [5, 6, 7]) expect(balloon.sawActual(300 * MIB, atMs)).toBe(false);
    balloon.sawActual(512 * MIB, 11);
    expect(balloon.other).toBeUndefined();
  });

  it("has no target of the broker any more, with one event", () => {
    const balloon = taken();
    expect(balloon.targetBytes).toBeUndefined();
    expect(balloon.other).toMatchObject({ sinceMs: 3, sizeBytes: 1024 * MIB });
    expect(balloon.sawActual(1500 * MIB, 4)).toBe(false);
    expect(balloon.other).toMatchObject({ sinceMs: 3, sizeBytes: 1500 * MIB });
  });

  it("is ours again after half an hour without a foreign move", () => {
    const balloon = taken();
    balloon.sawActual(1500 * MIB, 60_000);
    expect(balloon.isOtherGone(60_000 + 30 * 60_000 - 1)).toBe(false);
    expect(balloon.isOtherGone(60_000 + 30 * 60_000)).toBe(true);
    balloon.reclaim();
    expect(balloon.other).toBeUndefined();
  });
});
