/** The parsers of kernel files, against recorded trees and against nonsense. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { balloonPages } from "../../../../guest/src/judgement/real-use.ts";
import { arcStatsParser } from "../../../../guest/src/sample/linux-arcstats.ts";
import { meminfoParser } from "../../../../guest/src/sample/linux-meminfo.ts";
import { pressureParser } from "../../../../guest/src/sample/linux-pressure.ts";
import { findBalloon } from "../../../../guest/src/sample/linux-virtio.ts";
import { vmstatParser } from "../../../../guest/src/sample/linux-vmstat.ts";
import { parseReservePages } from "../../../../guest/src/sample/linux-zoneinfo.ts";
import { parseZramUsedBytes } from "../../../../guest/src/sample/linux-zram.ts";
import { pageSizeFromAuxv } from "../../../../guest/src/sample/page-size.ts";

const parseMeminfo = (bytes: Uint8Array, length?: number) => meminfoParser()(bytes, length);
const parseVmstat = (bytes: Uint8Array) => vmstatParser()(bytes);
const parsePressure = (bytes: Uint8Array, length?: number) => pressureParser()(bytes, length);
const KERNELS = ["4.19", "5.10", "6.1-squeezed", "6.18-deflate-on-oom"];

function fixture(kernel: string, file: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/proc/${kernel}/${file}`, import.meta.url));
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

describe("meminfo", () => {
  it("gives bytes, and both file lists as one figure", () => {
    const meminfo = parseMeminfo(fixture("4.19", "proc/meminfo"));
    expect(meminfo).toMatchObject({
      totalBytes: 2040796 * 1024,
      availableBytes: 1247580 * 1024,
      fileBytes: (651072 + 489732) * 1024,
      swapFreeBytes: 1003260 * 1024,
    });
  });

  it.each(KERNELS)("finds what the agent cannot do without on kernel %s", (kernel) => {
    const meminfo = parseMeminfo(fixture(kernel, "proc/meminfo"));
    for (const key of ["totalBytes", "availableBytes", "freeBytes", "fileBytes"] as const) {
      expect(meminfo[key]).toBeGreaterThan(0);
    }
  });

  it("knows the balloon only where the kernel prints it", () => {
    expect(parseMeminfo(fixture("6.1-squeezed", "proc/meminfo"))).not.toHaveProperty("balloonBytes");
    expect(parseMeminfo(fixture("6.18-deflate-on-oom", "proc/meminfo")).balloonBytes).toBe(2 * 1024 ** 3);
  });

  it("reads no further than the length it is given", () => {
    expect(parseMeminfo(bytes("MemTotal: 8 kB\nMemFree: 4 kB\n"), 15)).toEqual({ totalBytes: 8192 });
  });

  it.each([
    ["nothing", ""],
    ["a value that is no number", "MemTotal: many kB\n"],
    ["a negative value", "MemTotal: -5 kB\n"],
    ["a value glued to letters", "MemTotal: 12x kB\n"],
    ["a key without value", "MemTotal:\nMemTotal\n"],
    ["a value too big to be exact", "MemTotal: 99999999999999999999 kB\n"],
    ["another key with the same beginning", "MemTotalX: 5 kB\nMemTota: 5 kB\n"],
    ["noise", "\u0000\u00ff\n\n::: :\nMemTotal"],
  ])("leaves a field out for %s", (_, text) => {
    expect(parseMeminfo(bytes(text))).toEqual({});
  });
});

describe("vmstat", () => {
  it("takes the one refault counter of old kernels for file refaults", () => {
    const vmstat = parseVmstat(fixture("4.19", "proc/vmstat"));
    expect(vmstat.refaultFilePages).toBe(48213);
    expect(vmstat).not.toHaveProperty("refaultAnonPages");
  });

  it("keeps the two refault counters of newer kernels apart", () => {
    expect(parseVmstat(fixture("5.10", "proc/vmstat"))).toMatchObject({
      refaultFilePages: 48213,
      refaultAnonPages: 1530,
    });
  });

  it("adds up stalls over zones and steals over reclaimers", () => {
    expect(parseVmstat(fixture("4.19", "proc/vmstat"))).toMatchObject({
      allocationStalls: 251,
      stealPages: 250439,
      oomKills: 2,
    });
  });

  it("gives the balloon as inflated less deflated pages", () => {
    expect(balloonPages({ vmstat: parseVmstat(fixture("6.1-squeezed", "proc/vmstat")) })).toBe(79872);
    expect(balloonPages({ vmstat: parseVmstat(fixture("5.10", "proc/vmstat")) })).toBeUndefined();
  });
});

describe("pressure", () => {
  it("takes the totals, not the averages", () => {
    expect(parsePressure(fixture("5.10", "proc/pressure/memory"))).toEqual({
      someStallUs: 18322117,
      fullStallUs: 11020394,
    });
  });

  it("takes a last line that does not end, and nothing beyond the length it is given", () => {
    expect(parsePressure(bytes("some avg10=0.00 total=7"))).toEqual({ someStallUs: 7 });
    const two = bytes("some avg10=0.00 total=7\nfull avg10=0.00 total=8\n");
    expect(parsePressure(two, 24)).toEqual({ someStallUs: 7 });
    expect(parsePressure(two, 30)).toEqual({ someStallUs: 7 });
  });

  it.each([
    ...["", "\n\n", "=", "some avg10=0.00", "some total=x\n", "none total=5\n", "total=5\n"],
    ...["some total=5x\n", "some subtotal=5\n", "some avg10=0.00 total=\n", "some total=99999999999999999\n"],
  ])("leaves out what %j does not say", (text) => {
    expect(parsePressure(bytes(text))).toEqual({});
  });
});

describe("zoneinfo", () => {
  it("adds high watermarks and the largest protection of each zone", () => {
    expect(parseReservePages(fixture("4.19", "proc/zoneinfo").toString())).toBe(133 + 1978 + 16760);
    expect(parseReservePages(fixture("6.1-squeezed", "proc/zoneinfo").toString())).toBe(32 + 443 + 992);
  });

  it("counts no zone for more than it manages", () => {
    const zone = "Node 0, zone   DMA\n  pages free 1\n        high     50\n        managed  10\n";
    expect(parseReservePages(zone)).toBe(10);
  });

  it("does not take the per-CPU lists for watermarks", () => {
    const zone = "Node 0, zone   DMA\n        high     50\n        managed  99\n              high:     77\n";
    expect(parseReservePages(zone)).toBe(50);
  });

  it.each(["(0 0)", "(,)", "(1,,2)", "()", "( )"])(
    "leaves out a protection that is no list of figures: %s",
    (protection) => {
      const zone = `Node 0, zone   DMA\n        high     50\n        managed  99\n        protection: ${protection}\n`;
      expect(parseReservePages(zone)).toBe(50);
    },
  );

  it("is absent without zones", () => {
    expect(parseReservePages("")).toBeUndefined();
    expect(parseReservePages("        high     50\n")).toBeUndefined();
  });
});

describe("ZFS, zram, virtio and the page size", () => {
  it("takes size and minimum of the ARC", () => {
    expect(arcStatsParser()(fixture("5.10", "proc/spl/kstat/zfs/arcstats"))).toEqual({
      arcSizeBytes: 519880704,
      arcMinBytes: 65306112,
    });
    expect(arcStatsParser()(bytes("size 4\nc_min\n"))).toEqual({});
  });

  it("takes what a zram device uses itself", () => {
    expect(parseZramUsedBytes(fixture("6.18-deflate-on-oom", "sys/block/zram0/mm_stat").toString())).toBe(
      83886080,
    );
    expect(parseZramUsedBytes("1 2")).toBeUndefined();
    expect(parseZramUsedBytes("1 2 -3 4")).toBeUndefined();
  });

  it("finds the balloon among the devices and whether it deflates on OOM", () => {
    const net = { device: "0x0001\n", features: "1111" };
    expect(findBalloon([net])).toBeUndefined();
    expect(findBalloon([net, { device: "0x0005\n", features: "0100010\n" }])).toEqual({
      deflateOnOom: false,
    });
    expect(findBalloon([net, { device: "0x0005\n", features: "0110010\n" }])).toEqual({ deflateOnOom: true });
    expect(findBalloon([{ device: "", features: "" }])).toBeUndefined();
  });

  it("reads the page size from the auxiliary vector and believes only a power of two", () => {
    const words = BigUint64Array.of(33n, 1n, 6n, 16384n, 0n, 0n);
    expect(pageSizeFromAuxv(new Uint8Array(words.buffer))).toBe(16384);
    expect(pageSizeFromAuxv(new Uint8Array(BigUint64Array.of(6n, 5000n).buffer))).toBeUndefined();
    expect(pageSizeFromAuxv(new Uint8Array(3))).toBeUndefined();
  });
});
