import { describe, expect, it } from "vitest";
import {
  parseCounters,
  parseMergeableBytes,
  parseProcess,
  parseVmstat,
} from "../../../../../host/src/kernel/ksm/parse.ts";
import { parseMeminfo } from "../../../../../host/src/kernel/meminfo.ts";
import { parseProcessStatus } from "../../../../../host/src/kernel/process-status.ts";

const ENDLESS = "9".repeat(400);

describe("a figure with more digits than the kernel writes", () => {
  it("is no figure of KSM", () => {
    const counters = (run: string) => parseCounters({ run, pages_sharing: "1", pages_shared: "1" }, 4096);
    expect(counters("1")).toMatchObject({ run: 1, savedBytes: 4096 });
    expect(counters(ENDLESS)).toBeUndefined();
    expect(parseVmstat(`cow_ksm ${ENDLESS}`, "cow_ksm")).toBeUndefined();
    expect(parseProcess(`ksm_merging_pages ${ENDLESS}`, ENDLESS)).toBeUndefined();
    expect(parseMergeableBytes(`Size: ${ENDLESS} kB\nVmFlags: rd mg\n`)).toBe(0);
  });

  it("nor is a negative one, where the kernel counts", () => {
    const counters = (run: string) => parseCounters({ run, pages_sharing: "1", pages_shared: "1" }, 4096);
    expect(counters("-3")).toBeUndefined();
    expect(parseProcess("ksm_merging_pages 4\nksm_process_profit -4096\n", undefined)).toMatchObject({
      profitBytes: -4096,
    });
  });

  it("is no figure of the host's memory, nor of a process", () => {
    expect(parseMeminfo(`MemTotal: ${ENDLESS} kB\nMemAvailable: 8 kB\n`)).toEqual(
      parseMeminfo("MemAvailable: 8 kB\n"),
    );
    expect(parseProcessStatus(`Pid:\t7\nVmRSS:\t${ENDLESS} kB\n`)).toBeUndefined();
  });
});
