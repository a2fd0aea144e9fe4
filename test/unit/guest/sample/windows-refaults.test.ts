import { describe, expect, it } from "vitest";
import type { MemoryLists } from "../../../../guest/src/sample/windows-page-lists.ts";
import { RefaultEstimate, WideCounter } from "../../../../guest/src/sample/windows-refaults.ts";

function lists(repurposedOfPrograms: number, repurposedOfReadAhead = 0): MemoryLists {
  return {
    zeroedPages: 0,
    freePages: 0,
    modifiedPages: 0,
    standbyPages: [0, 0, 0, 0, 0, 0, 0, 0],
    repurposedPages: [0, repurposedOfReadAhead, 0, 0, 0, repurposedOfPrograms, 0, 0],
  };
}

describe("refaults on Windows", () => {
  it("are zero while a cache fills free memory: much is read, nothing is dropped", () => {
    const estimate = new RefaultEstimate();
    estimate.add({ readPages: 0 }, lists(0));
    expect(estimate.add({ readPages: 5000 }, lists(0))).toBe(0);
  });

  it("are zero while a program grows into the cache: much is dropped, nothing is read", () => {
    const estimate = new RefaultEstimate();
    estimate.add({ readPages: 0 }, lists(0));
    expect(estimate.add({ readPages: 0 }, lists(5000))).toBe(0);
  });

  it("are what was read while as much was dropped", () => {
    const estimate = new RefaultEstimate();
    estimate.add({ readPages: 100 }, lists(1000));
    expect(estimate.add({ readPages: 400 }, lists(1900))).toBe(300);
    expect(estimate.add({ readPages: 1400 }, lists(2000))).toBe(400);
  });

  it("do not count pages that were read ahead and never wanted", () => {
    const estimate = new RefaultEstimate();
    estimate.add({ readPages: 0 }, lists(0, 0));
    expect(estimate.add({ readPages: 900 }, lists(0, 900))).toBe(0);
  });

  it("are absent, not zero, where the lists may not be read", () => {
    expect(new RefaultEstimate().add({ readPages: 5 }, undefined)).toBeUndefined();
  });

  it("go on when the kernel's counter starts over", () => {
    const estimate = new RefaultEstimate();
    estimate.add({ readPages: 0xffff_fff0 }, lists(0));
    expect(estimate.add({ readPages: 0x10 }, lists(1000))).toBe(0x20);
  });
});

describe("a counter of 32 bits", () => {
  it("goes on beyond them", () => {
    const counter = new WideCounter();
    expect(counter.add(0xffff_fff0)).toBe(0xffff_fff0);
    expect(counter.add(0x10)).toBe(0x1_0000_0010);
    expect(counter.add(0x10)).toBe(0x1_0000_0010);
  });
});
