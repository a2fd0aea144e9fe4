/** Which OOM kills are the guest's own. */
import { expect, it } from "vitest";
import { OwnKills } from "../../../../guest/src/judgement/own-kills.ts";
import type { PressureInput } from "../../../../guest/src/judgement/pressure.ts";
import type { MemorySample } from "../../../../guest/src/sample/memory-sample.ts";

const MIB = 1024 * 1024;

function counted(oomKills: number | undefined): MemorySample {
  const vmstat = oomKills === undefined ? {} : { oomKills };
  return { sampledAtMs: 0, meminfo: {}, counters: { sampledAtMs: 0, vmstat, pressure: {} }, slow: {} };
}

function free(leastFreeMib: number): PressureInput {
  const leastFreeBytes = leastFreeMib * MIB;
  const rest = { availableBytes: 0, reserveBytes: 16 * MIB, watermarkBytes: 12 * MIB };
  return { ...rest, leastFreeBytes, filePages: 0, rates: undefined, inflating: false };
}

it("counts kills while the guest is short of free memory, and from before its start, but not a container's", () => {
  const kills = new OwnKills();
  expect(kills.count(counted(3), free(6000))).toBe(3);
  expect(kills.count(counted(4), free(20))).toBe(4);
  expect(kills.count(counted(9), free(6000))).toBe(4);
  expect(kills.count(counted(9), free(20))).toBe(4);
  expect(kills.count(counted(10), free(20))).toBe(5);
});

it("stays unknown where the kernel does not count", () => {
  expect(new OwnKills().count(counted(undefined), free(20))).toBeUndefined();
});
