import { describe, expect, it } from "vitest";
import {
  type BrokenPages,
  type CopyCount,
  noteCopies,
  withoutBroken,
} from "../../../../../host/src/kernel/ksm/broken-pages.ts";

const PAGE_BYTES = 4096;
const BEGUN = noteCopies(undefined, { copiedPages: 500, fullScans: 7, pagesSharing: 1_000 });

function after(before: BrokenPages, change: Partial<CopyCount>): BrokenPages {
  return noteCopies(before, { ...before.last, ...change });
}

function sharing(broken: BrokenPages): number {
  const { pagesSharing } = broken.last;
  const ksm = { run: 1, pagesShared: 400, pagesSharing, savedBytes: pagesSharing * PAGE_BYTES };
  const facts = withoutBroken(ksm, broken, PAGE_BYTES);
  expect(facts.savedBytes).toBe(facts.pagesSharing * PAGE_BYTES);
  return facts.pagesSharing;
}

describe("what KSM still saves", () => {
  it("is what the kernel says at first: what broke apart before is unknown", () => {
    expect(sharing(BEGUN)).toBe(1_000);
  });

  it("is less by each copy at once, though the kernel's figure stands until ksmd comes by", () => {
    const once = after(BEGUN, { copiedPages: 600 });
    expect(sharing(once)).toBe(900);
    expect(sharing(after(once, { copiedPages: 800 }))).toBe(700);
  });

  it("is never less than nothing: the last one to write to a page saves nothing by it", () => {
    expect(sharing(after(BEGUN, { copiedPages: 5_000 }))).toBe(0);
  });

  it("loses nothing twice: what ksmd notices is no longer subtracted", () => {
    const broken = after(BEGUN, { copiedPages: 800 });
    const half = after(broken, { pagesSharing: 900 });
    expect(sharing(half)).toBe(700);
    expect(sharing(after(half, { pagesSharing: 700 }))).toBe(700);
    expect(sharing(after(half, { pagesSharing: 650 }))).toBe(650);
  });

  it("is the kernel's figure again after a whole scan, even if as much was merged meanwhile", () => {
    const broken = after(BEGUN, { copiedPages: 800 });
    const running = after(broken, { fullScans: 8 });
    // The scan that ended then may have been past these pages when they broke.
    expect(sharing(running)).toBe(700);
    expect(sharing(after(running, { fullScans: 9 }))).toBe(1_000);
    expect(sharing(after(broken, { fullScans: 9 }))).toBe(1_000);
  });

  it("is the kernel's figure after everything was unmerged, which counts scans from 0 again", () => {
    const broken = after(BEGUN, { copiedPages: 800 });
    expect(sharing(after(broken, { fullScans: 0, pagesSharing: 100 }))).toBe(100);
  });

  it("of older breaks is noticed first", () => {
    const old = after(after(BEGUN, { copiedPages: 600 }), { fullScans: 8 });
    const both = after(old, { copiedPages: 700, pagesSharing: 950 });
    expect([both.oldPages, both.newPages]).toEqual([50, 100]);
    expect(after(both, { pagesSharing: 850 })).toMatchObject({ oldPages: 0, newPages: 50 });
  });
});
