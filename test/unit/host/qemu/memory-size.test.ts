import { describe, expect, it } from "vitest";
import { isOtherSummary, memorySizeOf } from "../../../../host/src/qemu/memory-size.ts";

const summary = { baseBytes: 512, pluggedBytes: 0 };

describe("a guest's size", () => {
  it("is base memory and DIMMs, as virtio-balloon counts it", () => {
    const devices = [
      { kind: "dimm", sizeBytes: 256 },
      { kind: "dimm", sizeBytes: 128 },
      { kind: "nvdimm", sizeBytes: 64 },
      { kind: "virtio-pmem", sizeBytes: 32 },
      { kind: "sgx-epc", sizeBytes: 16 },
    ];
    expect(memorySizeOf(summary, devices)).toMatchObject({
      ...{ fullBytes: 896, uncountedBytes: 112, hasVirtioMem: false },
    });
  });

  it("has a virtio-mem device even while that is empty", () => {
    expect(memorySizeOf(summary, [{ kind: "virtio-mem", sizeBytes: 0 }])).toMatchObject({
      ...{ fullBytes: 512, hasVirtioMem: true },
    });
  });

  it("may have changed when QEMU's sums have", () => {
    expect(isOtherSummary(summary, { ...summary })).toBe(false);
    expect(isOtherSummary(summary, { ...summary, baseBytes: 1 })).toBe(true);
    expect(isOtherSummary(summary, { ...summary, pluggedBytes: 1 })).toBe(true);
  });
});
