import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { stay } from "../../../../../host/src/policy/move/intent.ts";
import { aGuest } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";

describe("a guest that is left as it is", () => {
  const onItsWay = aNeed(aGuest({ actualMib: 700, targetMib: 600 }));

  it("keeps its target, wherever its balloon stands", () => {
    expect(stay(onItsWay, "steady")).toEqual({ targetBytes: 600 * MIB, kind: "steady" });
  });

  it("is told why in words, where there are any", () => {
    expect(stay(onItsWay, "inhibited", "paused")).toMatchObject({ kind: "inhibited", detail: "paused" });
  });
});
