/** Windows' memory figures, through functions that fill the agent's buffers. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Koffi } from "../../../../../guest/src/native/koffi.ts";
import { MemoryCalls } from "../../../../../guest/src/native/windows/memory-calls.ts";
import { MemoryNotices } from "../../../../../guest/src/native/windows/memory-notices.ts";
import { FakeWindowsKoffi } from "../../../../fakes/fake-windows-koffi.ts";

const GIB = 1024 ** 3;
const LATER_STRUCTURE_BYTES = 512;

let windows: FakeWindowsKoffi;
let memory: MemoryCalls;

beforeEach(() => {
  windows = new FakeWindowsKoffi();
  const koffi = windows as unknown as Koffi;
  memory = new MemoryCalls(koffi, new MemoryNotices(koffi));
});

describe("memory figures", () => {
  it("are what Windows fills in", () => {
    expect(memory.status()).toEqual({ totalBytes: 24 * GIB, availableBytes: 20 * GIB });
    expect(memory.commit()).toEqual({
      committedBytes: 1_500_000 * 4096,
      commitLimitBytes: 7_000_000 * 4096,
    });
    expect(memory.paging()).toEqual({ readPages: 3_200_000_000, hardFaults: 400_000, writtenPages: 70_000 });
    expect(memory.privateBytes()).toBe(12_000_000);
    expect(memory.lists()).toMatchObject({ zeroedPages: 400_000, freePages: 10_000, modifiedPages: 12_030 });
  });

  it("come in the same objects each time", () => {
    const figures = () => [
      memory.status(),
      memory.commit(),
      memory.paging(),
      memory.lists(),
      memory.notices(),
    ];
    const before = figures();
    windows.availableBytes = 19 * GIB;
    for (const [index, each] of figures().entries()) expect(each).toBe(before[index]);
    expect(before[0]).toEqual({ totalBytes: 24 * GIB, availableBytes: 19 * GIB });
  });
});

describe("page lists", () => {
  it("are read in the size that this Windows takes, which is found at the first reading", () => {
    windows.listBytes = LATER_STRUCTURE_BYTES;
    expect(memory.lists()?.zeroedPages).toBe(400_000);
    expect(windows.listReads).toBe(2);
    expect(memory.lists()?.zeroedPages).toBe(400_000);
    expect(windows.listReads).toBe(3);
  });

  it("are not read again where they are refused", () => {
    windows.listBytes = 0;
    expect(memory.lists()).toBeUndefined();
    const reads = windows.listReads;
    expect(memory.lists()).toBeUndefined();
    expect(windows.listReads).toBe(reads);
  });
});

describe("notices", () => {
  it("tell low memory from ample memory", () => {
    expect(memory.notices()).toEqual({ lowMemory: false, highMemory: true });
    windows.lowMemory = true;
    expect(memory.notices()).toEqual({ lowMemory: true, highMemory: false });
  });
});
