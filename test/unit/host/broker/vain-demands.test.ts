import { describe, expect, it } from "vitest";
import { VainDemands } from "../../../../host/src/broker/vain-demands.ts";
import type { GuestDemand } from "../../../../host/src/model/guest.ts";

const ANSWER = { outcome: "refused", grantedBytes: 0, targetBytes: 1, reason: "demand-refused" } as const;
const demand = (level: GuestDemand["level"]): GuestDemand => ({
  ...{ receivedAtMs: 0, sequence: 1, needBytes: 1 },
  level,
});

describe("a demand that got nothing", () => {
  it("is answered the same until something changes", () => {
    const vain = new VainDemands();
    expect(vain.recall("a", demand("moderate"))).toBeUndefined();
    vain.remember("a", demand("moderate"), ANSWER);
    expect(vain.recall("a", demand("moderate"))).toBe(ANSWER);
    expect(vain.recall("a", demand("low"))).toBe(ANSWER);
    expect(vain.recall("b", demand("moderate"))).toBeUndefined();
    vain.clear();
    expect(vain.recall("a", demand("moderate"))).toBeUndefined();
  });

  it("is decided anew under a higher pressure", () => {
    const vain = new VainDemands();
    vain.remember("a", demand("moderate"), ANSWER);
    expect(vain.recall("a", demand("critical"))).toBeUndefined();
  });
});
