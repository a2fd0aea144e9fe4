import { describe, expect, it } from "vitest";
import { MOVE_KINDS, PROTECTION_KINDS, REASONS } from "../../../../host/src/model/plan.ts";
import { reasonOf } from "../../../../host/src/policy/reason.ts";

const STAYS = [
  ...PROTECTION_KINDS,
  "steady",
  "on-its-way",
  "dead-band",
  "excluded",
  "other-controller",
] as const;
const ANSWERS = ["demand-refused", "observe-only"];
const UNPAID = ["demand-partial", "host-short"];

describe("the reason that is shown", () => {
  it("follows from what is intended, and each of the closed set is used", () => {
    const shown = new Set<string>([...MOVE_KINDS, ...STAYS].map((kind) => reasonOf(kind)));
    expect([...shown, ...UNPAID, ...ANSWERS].sort()).toEqual([...REASONS].sort());
  });

  it("says of a demand that could not be paid in full that it is partial, of all else that the host is short", () => {
    expect(reasonOf("pay-debt", 1)).toBe("demand-partial");
    expect(reasonOf("answer-demand", 1)).toBe("demand-partial");
    expect(reasonOf("give-to-floor", 1)).toBe("host-short");
    expect(reasonOf("give-surplus", 0)).toBe("give-back");
  });
});
