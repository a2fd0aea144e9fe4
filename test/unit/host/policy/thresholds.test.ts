import { describe, expect, it } from "vitest";
import {
  EXPOSURE_EASE_FACTOR,
  EXPOSURE_GIVE_FACTOR,
  EXPOSURE_TAKE_FACTOR,
  GIVE_MARGIN,
  PSI_SCARCE,
  PSI_TIGHT,
  SCARCE_BELOW,
  TAKE_MARGIN,
  TIGHT_BELOW,
} from "../../../../host/src/policy/thresholds.ts";

describe("the margins leave a band in which nothing moves:", () => {
  it("memory is given back only while more is unpromised than is left when it is taken", () => {
    expect(GIVE_MARGIN).toBeGreaterThan(TAKE_MARGIN);
  });

  it("memory is given back only while guests are exposed less than when it is taken, and a regime is left in between", () => {
    expect(EXPOSURE_GIVE_FACTOR).toBeLessThan(EXPOSURE_EASE_FACTOR);
    expect(EXPOSURE_EASE_FACTOR).toBeLessThan(EXPOSURE_TAKE_FACTOR);
  });

  it("scarce is worse than tight, by what is left and by the host's pressure", () => {
    expect(SCARCE_BELOW).toBeLessThan(TIGHT_BELOW);
    expect(PSI_SCARCE).toBeGreaterThan(PSI_TIGHT);
  });
});
