import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { blindFigures } from "../../../../../host/src/policy/need/balloon-stats.ts";

const LINUX = { freeBytes: 100 * MIB, availableBytes: 700 * MIB, cacheBytes: 640 * MIB, updatedAtMs: 0 };
const WINDOWS = { freeBytes: 900 * MIB, availableBytes: 1_000 * MIB, cacheBytes: 200 * MIB, updatedAtMs: 0 };

describe("the balloon driver's statistics", () => {
  it("of Linux tell what is available, of which half of the cache is kept for hot", () => {
    expect(blindFigures(LINUX, "linux")).toEqual({
      availableBytes: 700 * MIB,
      hotCacheBytes: 300 * MIB,
      systemBytes: 0,
    });
  });

  it("of Windows tell it as free: what is called available there counts cache twice", () => {
    expect(blindFigures(WINDOWS, "windows")).toEqual({
      availableBytes: 900 * MIB,
      hotCacheBytes: 0,
      systemBytes: 1536 * MIB,
    });
  });

  it("are known for Windows' by the sum that its service makes, where no agent ever said what the guest is", () => {
    expect(blindFigures(WINDOWS, undefined)?.availableBytes).toBe(900 * MIB);
    expect(blindFigures(LINUX, undefined)?.availableBytes).toBe(700 * MIB);
  });

  it("are not taken for Windows' where that sum is a page off: on Linux it would be a coincidence", () => {
    const off = (bytes: number) =>
      blindFigures({ ...WINDOWS, availableBytes: WINDOWS.availableBytes + bytes }, undefined)?.systemBytes;
    expect(off(4095)).toBe(1536 * MIB);
    expect(off(4096)).toBe(0);
  });

  it("of Windows that leave out what is free tell it as available less half of the cache", () => {
    const { freeBytes: _unknown, ...rest } = WINDOWS;
    expect(blindFigures(rest, "windows")?.availableBytes).toBe(900 * MIB);
  });

  it("of an old driver tell at least what is free, and of a silent one nothing", () => {
    expect(blindFigures({ freeBytes: 50 * MIB, updatedAtMs: 0 }, undefined)?.availableBytes).toBe(50 * MIB);
    expect(blindFigures({ updatedAtMs: 0 }, undefined)).toBeUndefined();
  });
});
