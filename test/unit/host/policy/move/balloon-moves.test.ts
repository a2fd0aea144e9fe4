import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { IntentKind } from "../../../../../host/src/model/plan.ts";
import type { ProgressReport } from "../../../../../host/src/policy/learn/balloon-progress.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { movesOf, repeatsOf } from "../../../../../host/src/policy/move/balloon-moves.ts";
import type { Funded } from "../../../../../host/src/policy/move/funding.ts";
import { aGuest } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";

/** A guest of 1024 MiB that is at `fromMib` and shall go to `toMib`. */
function funded(name: string, fromMib: number, toMib: number, kind: IntentKind, unpaidMib = 0): Funded {
  const guest = aNeed(aGuest({ name, actualMib: fromMib, targetMib: fromMib }));
  return { guest, intent: { targetBytes: toMib * MIB, kind }, unpaidBytes: unpaidMib * MIB };
}

describe("the balloon commands of a decision", () => {
  it("go to guests that give before guests that get, the largest gift first", () => {
    const all = [
      funded("gets", 500, 700, "give-to-floor"),
      funded("gives-little", 600, 550, "take-idle"),
      funded("gives-most", 900, 700, "take-idle"),
    ];
    expect(movesOf(all).map(({ name }) => name)).toEqual(["gives-most", "gives-little", "gets"]);
  });

  it("are whole mebibytes at least, but for the last piece up to the maximum", () => {
    expect(movesOf([funded("g", 600, 600.5, "give-surplus")])).toEqual([]);
    expect(movesOf([funded("g", 600, 601, "give-surplus")])).toHaveLength(1);
    expect(movesOf([funded("g", 1023.5, 1024, "give-surplus")])).toHaveLength(1);
    expect(movesOf([funded("g", 1024, 1024, "steady")])).toEqual([]);
  });

  it("say why, and that there was not enough where some of it could not be paid", () => {
    const reasons = movesOf([
      funded("floor", 500, 600, "give-to-floor"),
      funded("short", 500, 600, "give-to-floor", 50),
      funded("demand", 500, 600, "pay-debt", 50),
    ]).map(({ reason }) => reason);
    expect(reasons).toEqual(["give-to-floor", "host-short", "demand-partial"]);
  });
});

describe("a target that is sent again", () => {
  const progress = (unacknowledged: boolean): { progress: ProgressReport } => ({
    progress: { memory: newGuestMemory(0).progress, stuck: false, unacknowledged, tookBackBytes: 0 },
  });

  it("is that of a balloon which did not begin to move", () => {
    const all = [funded("heard", 600, 600, "steady"), funded("unmoved", 700, 700, "steady")];
    const repeats = repeatsOf(all, [], [progress(false), progress(true)]);
    expect(repeats).toEqual([
      { name: "unmoved", fromBytes: 700 * MIB, toBytes: 700 * MIB, kind: "steady", reason: "steady" },
    ]);
  });

  it("is not one that is changed anyway", () => {
    const all = [funded("unmoved", 600, 700, "give-surplus")];
    expect(repeatsOf(all, movesOf(all), [progress(true)])).toEqual([]);
  });
});
