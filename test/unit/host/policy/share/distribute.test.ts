import { describe, expect, it } from "vitest";
import { distribute, type Participant } from "../../../../../host/src/policy/share/distribute.ts";

function claim(bytes: [number, number, number, number], shares = 1000): Participant {
  const [minBytes, floorBytes, wantBytes, maxBytes] = bytes;
  return {
    shares,
    minBytes,
    bareBytes: minBytes,
    workingBytes: minBytes,
    vitalBytes: minBytes,
    floorBytes,
    wantBytes,
    maxBytes,
  };
}

const TWO = [claim([100, 300, 400, 1000]), claim([100, 300, 400, 1000], 3000)];

describe("distribute", () => {
  it("gives everyone the maximum when it fits", () => {
    expect([...distribute(TWO, 2000)]).toEqual([1000, 1000]);
  });

  it("serves all wants before any surplus, and shares the surplus by weight", () => {
    const [a = 0, b = 0] = distribute(TWO, 1200);
    expect(a).toBeGreaterThanOrEqual(400);
    expect(b - 400).toBeGreaterThan(3 * (a - 400));
    expect(a + b).toBe(1199);
  });

  it("taxes idle memory: of two with equal shares the one that needs more keeps more of the surplus", () => {
    const [busy, idle] = distribute([claim([0, 600, 600, 2000]), claim([0, 100, 100, 2000])], 1500);
    // cost: 600 + 4 x (busy - 600) = 100 + 4 x (idle - 100), busy + idle = 1500
    expect(busy).toBe(937);
    expect(idle).toBe(562);
  });

  it("uses all of the capacity between guarantees and maxima, for any number of guests", () => {
    const many = Array.from({ length: 500 }, (_, i) => claim([10, 20 + i, 40 + i, 2000 + i], 1 + (i % 7)));
    const total = distribute(many, 300_000).reduce((a, b) => a + b, 0);
    expect(total).toBeGreaterThan(299_500);
    expect(total).toBeLessThanOrEqual(300_000);
  });

  it("never gives a heavy guest its surplus before a light one has its floor", () => {
    const [a, b] = distribute(TWO, 600);
    expect(a).toBe(300);
    expect(b).toBe(300);
  });

  it("divides by shares between guarantee and floor when floors do not fit", () => {
    const [a = 0, b = 0] = distribute(TWO, 420);
    expect(a).toBeGreaterThanOrEqual(100);
    expect(b).toBeGreaterThan(a);
    expect(a + b).toBeLessThanOrEqual(420);
  });

  it("keeps guarantees even when the capacity does not reach", () => {
    expect([...distribute(TWO, 50)]).toEqual([100, 100]);
  });
});
