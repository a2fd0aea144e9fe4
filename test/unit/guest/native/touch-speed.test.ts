import { describe, expect, it } from "vitest";
import { measureTouchSpeed } from "../../../../guest/src/native/touch-speed.ts";

const MIB = 1024 * 1024;

/** A clock on which each try takes as long as the next of `triesMs`. */
function clock(triesMs: readonly number[]): () => bigint {
  let [calls, nowNs] = [0, 0n];
  return () => {
    if (calls % 2 === 1) nowNs += BigInt((triesMs[(calls - 1) / 2] ?? 0) * 1_000_000);
    calls++;
    return nowNs;
  };
}

describe("the speed at which a guest can touch memory", () => {
  it("is that of the best try: an interrupted one is slow, none is too fast", () => {
    expect(measureTouchSpeed(clock([40, 20, 100]))).toBe(200 * MIB);
  });

  it("is bounded where a try took no time at all", () => {
    expect(measureTouchSpeed(clock([0, 0, 0]))).toBe(4096 * MIB);
  });

  it("is some speed on this machine", () => {
    expect(measureTouchSpeed()).toBeGreaterThan(MIB);
  });
});
