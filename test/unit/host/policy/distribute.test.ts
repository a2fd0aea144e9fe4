import { describe, expect, it } from "vitest";
import { type Claim, distribute } from "../../../../host/src/policy/distribute.ts";

function claim(name: string, bytes: [number, number, number, number], shares = 1000): Claim {
  const [minBytes, floorBytes, wantBytes, maxBytes] = bytes;
  return {
    name,
    shares,
    minBytes,
    bareBytes: minBytes,
    vitalBytes: minBytes,
    floorBytes,
    wantBytes,
    maxBytes,
  };
}

const TWO = [claim("a", [100, 300, 400, 1000]), claim("b", [100, 300, 400, 1000], 3000)];

describe("distribute", () => {
  it("gives everyone the maximum when it fits", () => {
    expect(Object.fromEntries(distribute(TWO, 2000))).toEqual({ a: 1000, b: 1000 });
  });

  it("serves all wants before any surplus, and shares the surplus by weight", () => {
    const shares = distribute(TWO, 1200);
    expect(shares.get("a")).toBeGreaterThanOrEqual(400);
    expect((shares.get("b") ?? 0) - 400).toBeGreaterThan(3 * ((shares.get("a") ?? 0) - 400));
    expect((shares.get("a") ?? 0) + (shares.get("b") ?? 0)).toBe(1199);
  });

  it("taxes idle memory: of two with equal shares the one that needs more keeps more of the surplus", () => {
    const shares = distribute([claim("busy", [0, 600, 600, 2000]), claim("idle", [0, 100, 100, 2000])], 1500);
    const [busy = 0, idle = 0] = [shares.get("busy"), shares.get("idle")];
    // cost: 600 + 4 x (busy - 600) = 100 + 4 x (idle - 100), busy + idle = 1500
    expect(busy).toBe(937);
    expect(idle).toBe(562);
  });

  it("uses all of the capacity between guarantees and maxima, for any number of guests", () => {
    const many = Array.from({ length: 500 }, (_, i) =>
      claim(`g${i}`, [10, 20 + i, 40 + i, 2000 + i], 1 + (i % 7)),
    );
    const total = [...distribute(many, 300_000).values()].reduce((a, b) => a + b, 0);
    expect(total).toBeGreaterThan(299_500);
    expect(total).toBeLessThanOrEqual(300_000);
  });

  it("never gives a heavy guest its surplus before a light one has its floor", () => {
    const shares = distribute(TWO, 600);
    expect(shares.get("a")).toBe(300);
    expect(shares.get("b")).toBe(300);
  });

  it("divides by shares between guarantee and floor when floors do not fit", () => {
    const shares = distribute(TWO, 420);
    expect(shares.get("a")).toBeGreaterThanOrEqual(100);
    expect(shares.get("b") ?? 0).toBeGreaterThan(shares.get("a") ?? 0);
    expect((shares.get("a") ?? 0) + (shares.get("b") ?? 0)).toBeLessThanOrEqual(420);
  });

  it("keeps guarantees even when the capacity does not reach", () => {
    expect(Object.fromEntries(distribute(TWO, 50))).toEqual({ a: 100, b: 100 });
  });
});
