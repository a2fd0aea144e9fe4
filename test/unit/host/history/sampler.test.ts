import { describe, expect, it } from "vitest";
import { Sampler } from "../../../../host/src/history/sampler.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { Explanation } from "../../../../host/src/model/status.ts";
import { STATUS, WEB } from "../../../fakes/fake-control-service.ts";

type Move = Explanation["moves"][number];
const move = (atMs: number): Move => ({ atMs, toBytes: 300 * MIB, reason: "demand" });

function sampled() {
  const guest = { ...WEB, oomKills: 3 };
  const hotCaches = [{ name: "web1", bootId: "boot-1", bytes: 90 * MIB }];
  let moves: Move[] = [move(1)];
  const sampler = new Sampler({
    status: () => ({ ...STATUS, guests: [guest] }),
    moves: () => moves,
    hotCaches: () => hotCaches,
  });
  return {
    kills: (count: number) => {
      guest.oomKills = count;
    },
    moved: (atMs: number) => {
      moves = [move(atMs), ...moves];
    },
    take: (isWritten = true) => {
      const { sample, written } = sampler.take(7);
      if (isWritten) written();
      expect(sample.hotCaches).toBe(hotCaches);
      return { kills: sample.guests[0]?.oomKills, moves: sample.moves.map(({ atMs }) => atMs) };
    },
  };
}

describe("samples of the status", () => {
  it("count kills and moves once; what a guest had before the first sample is no kill of a step", () => {
    const scene = sampled();
    expect(scene.take()).toEqual({ kills: 0, moves: [1] });
    expect(scene.take()).toEqual({ kills: 0, moves: [] });
    scene.kills(5);
    scene.moved(3);
    // The wall clock was put back.
    scene.moved(2);
    expect(scene.take()).toEqual({ kills: 2, moves: [2, 3] });
    scene.kills(1);
    expect(scene.take()).toEqual({ kills: 1, moves: [] });
  });

  it("come again with what could not be written", () => {
    const scene = sampled();
    scene.take();
    scene.kills(4);
    scene.moved(9);
    expect(scene.take(false)).toEqual({ kills: 1, moves: [9] });
    expect(scene.take()).toEqual({ kills: 1, moves: [9] });
    expect(scene.take()).toEqual({ kills: 0, moves: [] });
  });

  it("tell the mode that holds for a guest, its own or the broker's", () => {
    const of = (mode: "act" | "observe" | undefined) => {
      const guests = [{ ...WEB, freeBytes: 24 * MIB, ...(mode && { mode }) }];
      return new Sampler({
        status: () => ({ ...STATUS, guests }),
        moves: () => [],
        hotCaches: () => [],
      }).take(7).sample.guests[0];
    };
    expect([of(undefined), of("observe")].map((point) => point?.isObserved)).toEqual([false, true]);
    expect(of(undefined)?.freeBytes).toBe(24 * MIB);
    expect(of(undefined)).toMatchObject({ name: "web1", actualBytes: 768 * MIB, hasAgent: true });
  });
});
