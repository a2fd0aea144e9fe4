import { describe, expect, it } from "vitest";
import { GIB, MIB, sum } from "../../../../../host/src/model/bytes.ts";
import { splitOf, splittableBytes } from "../../../../../host/src/simulate/world/split.ts";
import { aHostPlan, aPlan, aScenario } from "../../../../fakes/guest-plans.ts";

const two = [
  aPlan({ name: "a", fullBytes: 4 * GIB }),
  aPlan({ name: "b", fullBytes: 4 * GIB, shares: 2000 }),
];

describe("what can be split", () => {
  it("leaves the host what it ever needs itself, what ZFS keeps, what QEMU holds, and a little more", () => {
    const own = [
      { fromMs: 0, bytes: GIB },
      { fromMs: 1000, bytes: 2 * GIB },
      { fromMs: 2000, bytes: GIB },
    ];
    const arc = { maxBytes: 2 * GIB, minBytes: GIB / 2 };
    const bytes = splittableBytes(aScenario({ host: aHostPlan({ own, arc }), guests: two }));
    expect(bytes).toBeLessThan(5.5 * GIB - 128 * MIB);
    expect(bytes).toBeGreaterThan(5 * GIB);
  });

  it("is nothing on a host that is too small", () => {
    expect(splittableBytes(aScenario({ host: aHostPlan({ totalBytes: GIB }), guests: two }))).toBe(0);
  });
});

describe("a split", () => {
  it("gives by shares, all that there is, and no guest more than it can have", () => {
    const split = splitOf(two, 3 * GIB);
    expect((split.get("b") ?? 0) / (split.get("a") ?? 1)).toBeCloseTo(2, 3);
    expect(sum([...split.values()], Number) / GIB).toBeCloseTo(3, 3);
    expect(splitOf(two, 7 * GIB).get("b")).toBe(4 * GIB);
  });

  it("keeps guarantees even where they do not fit", () => {
    const guaranteed = two.map((plan) => ({ ...plan, minBytes: 2 * GIB }));
    expect([...splitOf(guaranteed, GIB).values()]).toEqual([2 * GIB, 2 * GIB]);
  });
});
