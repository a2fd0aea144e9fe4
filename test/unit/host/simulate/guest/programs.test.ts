import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { Kernel } from "../../../../../host/src/simulate/guest/kernel.ts";
import { Programs } from "../../../../../host/src/simulate/guest/programs.ts";
import { aPhase } from "../../../../fakes/fake-world-view.ts";

describe("a guest's programs", () => {
  it("do not starve while there is cache to drop, whatever fractions of bytes they touch", () => {
    const kernel = new Kernel({ fullBytes: 2 * GIB, os: "linux", swapBytes: 0 });
    kernel.coldBytes = kernel.freeBytes - kernel.watermarkBytes / 2 + 0.3;
    const programs = new Programs(200);
    const phase = { ...aPhase(0, 1024), touchBytesPerSecond: 100.123 * MIB };
    let starvations = 0;
    for (let step = 0; step < 900; step++)
      if (programs.advance(kernel, phase, 10.1).starvedShare > 0) starvations += 1;
    expect(kernel.anonBytes).toBeGreaterThan(900 * MIB);
    expect(starvations).toBe(0);
  });

  it("starve for all of the time once nothing is left, whatever fractions of a byte are", () => {
    const kernel = new Kernel({ fullBytes: 512 * MIB, os: "linux", swapBytes: 0 });
    kernel.balloonBytes = 24_000_000.3;
    const programs = new Programs(200);
    const phase = { ...aPhase(0, 1024), touchBytesPerSecond: 7.01 * MIB };
    let share = 0;
    for (let step = 0; step < 9_000; step++) share = programs.advance(kernel, phase, 10).starvedShare;
    expect(share).toBe(1);
  });
});
