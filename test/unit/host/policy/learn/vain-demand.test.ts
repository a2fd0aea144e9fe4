import { describe, expect, it } from "vitest";
import { isRepeated, isVain, noteDemand } from "../../../../../host/src/policy/learn/vain-demand.ts";
import {
  type DemandMemory,
  type GuestMemory,
  newGuestMemory,
} from "../../../../../host/src/policy/memory.ts";
import { NOW } from "../../../../fakes/facts.ts";

const first = noteDemand(undefined, NOW);

function demanding(demands: DemandMemory, growth: Partial<GuestMemory["growth"]> = {}): GuestMemory {
  const memory = newGuestMemory(0);
  const resident = { bytes: 0, atMs: NOW };
  return { ...memory, demands, growth: { ...memory.growth, resident, ...growth } };
}

describe("a row of demands", () => {
  it("begins with the first one, which repeats nothing", () => {
    expect(first).toEqual({ sinceMs: NOW, atMs: NOW });
    expect(isRepeated(demanding(first), NOW)).toBe(false);
    expect(isRepeated(newGuestMemory(0), NOW)).toBe(false);
  });

  it("goes on with each demand within 10 s, and begins anew after a longer pause", () => {
    expect(noteDemand(first, NOW + 9_999)).toEqual({ sinceMs: NOW, atMs: NOW + 9_999 });
    expect(isRepeated(demanding(noteDemand(first, NOW + 9_999)), NOW + 9_999)).toBe(true);
    expect(noteDemand(first, NOW + 10_000)).toEqual({ sinceMs: NOW + 10_000, atMs: NOW + 10_000 });
  });
});

describe("a guest demands in vain", () => {
  const row = (ms: number) => noteDemand(first, NOW + ms);

  it("once it has demanded for 2 s", () => {
    expect(isVain(demanding(row(1_999)), NOW + 1_999)).toBe(false);
    expect(isVain(demanding(row(2_000)), NOW + 2_000)).toBe(true);
  });

  it("not within 2 s of growth that the host saw", () => {
    const grew = { residentGrewAtMs: NOW + 1_000 };
    expect(isVain(demanding(row(2_999), grew), NOW + 2_999)).toBe(false);
    expect(isVain(demanding(row(3_000), grew), NOW + 3_000)).toBe(true);
  });

  it("never with its first demand, nor where the host cannot see its process", () => {
    expect(isVain(demanding(first), NOW)).toBe(false);
    expect(isVain(newGuestMemory(0), NOW)).toBe(false);
    expect(isVain(demanding(row(5_000), { resident: undefined }), NOW + 5_000)).toBe(false);
  });
});
