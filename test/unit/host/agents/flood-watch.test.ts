import { describe, expect, it } from "vitest";
import { FloodWatch } from "../../../../host/src/agents/flood-watch.ts";

describe("frames that are dropped unread", () => {
  it("are a problem of the guest for a minute, with their number", () => {
    const flood = new FloodWatch();
    expect(flood.problem(0)).toBeUndefined();
    for (let frame = 0; frame < 3; frame++) flood.add(1_000);
    expect(flood.problem(60_999)).toMatch(/more than an agent does \(3 frames dropped unread\)/);
    expect(flood.problem(61_000)).toBeUndefined();
  });
});
