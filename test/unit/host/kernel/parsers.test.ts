import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseArcReclaimableBytes } from "../../../../host/src/kernel/arcstats.ts";
import { parseCounters } from "../../../../host/src/kernel/ksm/parse.ts";
import { parseListeningFiles, socketsOn } from "../../../../host/src/kernel/listening-files.ts";
import { parseMeminfo } from "../../../../host/src/kernel/meminfo.ts";
import { parsePageBytes } from "../../../../host/src/kernel/page-size.ts";
import { parseSomeAvg10 } from "../../../../host/src/kernel/pressure.ts";
import { isWholeStatus, parseProcessStatus } from "../../../../host/src/kernel/process-status.ts";
import { parseUnixListeners } from "../../../../host/src/kernel/unix-listeners.ts";

const fixture = (path: string) => readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), "utf8");
const NOISE = ["", "\n\n", "MemTotal: much kB", "some avg10=", "size 4 x", "\u0000\u0001", "VmRSS:\t-1 kB"];

describe("meminfo", () => {
  it("is read in bytes", () => {
    expect(parseMeminfo(fixture("host-proc/meminfo"))).toEqual({
      totalBytes: 65806124 * 1024,
      availableBytes: 9296876 * 1024,
      swapTotalBytes: 8388604 * 1024,
      swapFreeBytes: 8126464 * 1024,
    });
  });

  it("leaves out what an old kernel does not tell", () => {
    expect(parseMeminfo(fixture("host-proc-old/meminfo"))).toEqual({ totalBytes: 65806124 * 1024 });
  });
});

describe("pressure", () => {
  it("is the share of `some` over 10 s", () => {
    expect(parseSomeAvg10(fixture("host-proc/pressure/memory"))).toBe(1.25);
    expect(parseSomeAvg10("full avg10=3.00 avg60=0.00 avg300=0.00 total=1\n")).toBeUndefined();
  });
});

describe("arcstats", () => {
  it("count four fifths of what is above the minimum as reclaimable", () => {
    expect(parseArcReclaimableBytes(fixture("host-proc/spl/kstat/zfs/arcstats"))).toBe(
      Math.floor(0.8 * (8591024128 - 2105795968)),
    );
  });

  it("give nothing while the cache is below its minimum", () => {
    expect(parseArcReclaimableBytes("c_min 4 200\nsize 4 100\n")).toBe(0);
  });
});

describe("KSM's counters", () => {
  const texts = { run: "1\n", pages_sharing: "10\n", pages_shared: "2\n" };

  it("count zero pages as saved, where the kernel has them", () => {
    expect(parseCounters({ ...texts, ksm_zero_pages: "5\n" }, 4096)).toEqual({
      run: 1,
      pagesSharing: 10,
      pagesShared: 2,
      savedBytes: 15 * 4096,
      zeroBytes: 5 * 4096,
    });
    expect(parseCounters(texts, 65536)?.savedBytes).toBe(10 * 65536);
  });

  it("are absent without KSM", () => {
    expect(parseCounters({}, 4096)).toBeUndefined();
    expect(parseCounters({ ...texts, run: "" }, 4096)).toBeUndefined();
  });
});

describe("the page size", () => {
  const auxv = (...entries: [bigint, bigint][]) => Buffer.from(new BigUint64Array(entries.flat()).buffer);

  it("is read from the auxiliary vector", () => {
    expect(parsePageBytes(auxv([3n, 1n], [6n, 65536n], [0n, 0n]))).toBe(65536);
  });

  it("is 4096 where the vector tells nothing or is cut", () => {
    expect(parsePageBytes(auxv([3n, 1n]))).toBe(4096);
    expect(parsePageBytes(auxv([6n, 65536n]).subarray(0, 12))).toBe(4096);
  });
});

describe("listening sockets", () => {
  it("are told from connections, abstract names and datagrams, and left out when ambiguous", () => {
    expect(parseUnixListeners(fixture("host-proc/net/unix"))).toEqual(
      new Map([
        ["/run/vm/web1.qmp", "13198"],
        ["/run/vm/with space.qmp", "13192"],
      ]),
    );
  });
});

describe("files that sockets listen on", () => {
  const listening = parseListeningFiles(
    [
      "u_str LISTEN 0      128          rel.sock 1213017 * 0 <-> ino:2146910 dev:0/65024 peers:",
      "u_str LISTEN 0      1     /run/a b.sock 5 * 0 <-> ino:7 dev:0/25 peers:",
      "u_str LISTEN 0      1     /run/c.sock 6 * 0 <-> ino:9 dev:254/0 peers:",
      "u_str LISTEN 0      1     @abstract 8 * 0 <->",
      "u_dgr UNCONN 0      0     /run/d.sock 9 * 0 <-> ino:11 dev:0/25 peers:",
      "u_str ESTAB  0      0     /run/c.sock 10 * 12 <-> ino:9 dev:254/0 peers:",
    ].join("\n"),
  );

  it.each([
    ["bound by a relative path, its device printed whole", 2146910n, 65024n, ["1213017"]],
    ["on a file system of no device", 7n, 25n, ["5"]],
    ["with the device taken apart", 9n, 65024n, ["6"]],
    ["on a file system with more than 2^32 files", 9n + 2n ** 32n, 65024n, ["6"]],
    ["not the same number elsewhere", 7n, 26n, []],
    ["not a datagram's", 11n, 25n, []],
  ])("are known by device and inode: %s", (_, inode, device, sockets) => {
    expect(socketsOn({ inode, device }, listening)).toEqual(sockets);
  });
});

describe("a process's memory", () => {
  it("is resident, swapped and locked", () => {
    const text =
      "Name:\tqemu\nPid:\t42\nVmLck:\t       4 kB\nVmPin:\t       8 kB\nVmRSS:\t  270000 kB\nRssShmem:\t  200000 kB\nVmSwap:\t    1000 kB\nHugetlbPages:\t    2048 kB\nThreads:\t3\n";
    expect(parseProcessStatus(text)).toEqual({
      processId: 42,
      residentBytes: 270000 * 1024,
      swappedBytes: 1000 * 1024,
      sharedBytes: 200000 * 1024,
      lockedBytes: 8192,
      hugetlbBytes: 2048 * 1024,
    });
    expect([text, text.slice(0, -20)].map(isWholeStatus)).toEqual([true, false]);
  });

  it("is absent for a process that is ending", () => {
    expect(parseProcessStatus("Name:\tqemu\nState:\tZ (zombie)\n")).toBeUndefined();
  });
});

describe("noise", () => {
  it.each(NOISE)("%j is nothing to any parser", (text) => {
    expect(parseMeminfo(text)).toEqual({});
    expect(parseSomeAvg10(text)).toBeUndefined();
    expect(parseArcReclaimableBytes(text)).toBeUndefined();
    expect(parseUnixListeners(text).size).toBe(0);
    expect(parseProcessStatus(text)).toBeUndefined();
    expect(parseCounters({ run: text }, 4096)).toBeUndefined();
  });
});
