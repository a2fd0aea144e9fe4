import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { REPORT_TOLERANCE_BYTES, sightToleranceBytes } from "../../../../host/src/model/tolerance.ts";

describe("tolerances between figures of one guest", () => {
  it("are never narrower where less is known: what one report may contain, the host's sight allows too", () => {
    for (const guestBytes of [128 * MIB, GIB, 16 * GIB, 512 * GIB])
      expect(sightToleranceBytes(guestBytes)).toBeGreaterThan(REPORT_TOLERANCE_BYTES);
  });

  it("leave a small guest's kernel 64 MiB that nothing holds, and a large one's page tables 4 %", () => {
    expect(sightToleranceBytes(512 * MIB)).toBe(64 * MIB);
    expect(sightToleranceBytes(16 * GIB)).toBeCloseTo(0.04 * 16 * GIB, 0);
  });
});
