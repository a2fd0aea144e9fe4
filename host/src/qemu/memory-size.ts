/** How large a guest's memory is: as virtio-balloon counts it, and what it does not count. */
import type { QmpExecutor } from "../qmp/client.ts";
import {
  type MemoryDevice,
  type MemorySummary,
  queryMemoryDevices,
  queryMemorySummary,
} from "../qmp/commands.ts";

export interface MemorySize {
  /**
   * Base memory and DIMMs: the size that targets and `actual` are measured in (`get_current_ram_size` in QEMU's
   * hw/virtio/virtio-balloon.c).
   */
  readonly fullBytes: number;
  /** Memory devices that the balloon does not count (nvdimm, virtio-pmem, virtio-mem); a guest may use them as memory all the same. */
  readonly uncountedBytes: number;
  readonly hasVirtioMem: boolean;
  /** From which this was worked out: another one means that devices came or went. */
  readonly summary: MemorySummary;
}

/** Rejects with a `QmpError`. */
export async function queryMemorySize(qmp: QmpExecutor): Promise<MemorySize> {
  const [summary, devices] = await Promise.all([queryMemorySummary(qmp), queryMemoryDevices(qmp)]);
  return memorySizeOf(summary, devices);
}

/** Pure. */
export function memorySizeOf(summary: MemorySummary, devices: readonly MemoryDevice[]): MemorySize {
  const bytesOf = (isWanted: (kind: string) => boolean) =>
    devices.reduce((bytes, { kind, sizeBytes }) => bytes + (isWanted(kind) ? sizeBytes : 0), 0);
  return {
    fullBytes: summary.baseBytes + bytesOf((kind) => kind === "dimm"),
    uncountedBytes: bytesOf((kind) => kind !== "dimm"),
    hasVirtioMem: devices.some(({ kind }) => kind === "virtio-mem"),
    summary,
  };
}

/** Whether memory devices came or went between the two. */
export function isOtherSummary(a: MemorySummary, b: MemorySummary): boolean {
  return a.baseBytes !== b.baseBytes || a.pluggedBytes !== b.pluggedBytes;
}
