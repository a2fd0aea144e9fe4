import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ksmtunedDefaults } from "../../../../../host/src/config/ksmtuned-conf.ts";
import { createKsmReader } from "../../../../../host/src/kernel/ksm/reader.ts";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmtunedRule } from "../../../../../host/src/model/ksm-settings.ts";
import { tempFolder } from "../../../../fakes/temp-folder.ts";

const TREES = fileURLToPath(new URL("../../../../fixtures/ksm", import.meta.url));
const PAGE_BYTES = 4096;

function readerOf(root: string) {
  return createKsmReader({
    folder: join(root, "sys"),
    procRoot: join(root, "proc"),
    cgroupRoot: join(root, "cgroup"),
    pageBytes: PAGE_BYTES,
  });
}

describe("KSM of a 6.18 kernel", () => {
  const reader = readerOf(join(TREES, "6.18"));

  it("is read wholly: knobs, counters, profit, ksmd's time, pages that broke apart", async () => {
    expect(await reader.read()).toEqual({
      knobs: {
        ...{ run: 1, pagesToScan: 1250, sleepMs: 20, advisorMode: "none" },
        ...{ advisorMaxCpuPercent: 70, advisorMaxPages: 30_000, advisorTargetScanSeconds: 200 },
      },
      pageBytes: PAGE_BYTES,
      ...{ pagesShared: 9012, pagesSharing: 45_013, pagesUnshared: 83_345, pagesVolatile: 2201 },
      ...{ zeroPages: 12, pagesScanned: 3_421_416, pagesSkipped: 11_893, fullScans: 9 },
      generalProfitBytes: 191_823_872,
      // Zero pages are saved as well, but not counted among those that share.
      savedBytes: (45_013 + 12) * PAGE_BYTES,
      ...{ ksmdCpuNs: 4_657_311_230, brokenPages: 321 },
    });
  });

  it("tells a guest's part, and what its process has marked for merging", async () => {
    expect(await reader.process(801)).toEqual({
      ...{ mergingPages: 15_003, zeroPages: 4, rmapItems: 61_234, profitBytes: 57_549_632 },
    });
    expect(await reader.mergeableBytes(801)).toBe(512 * MIB + 256 * 1024);
    expect(await reader.process(999)).toBeUndefined();
    expect(await reader.mergeableBytes(999)).toBeUndefined();
  });

  it("tells how long processors were waited for", async () => {
    expect(await reader.cpuStallPercent()).toBe(12.34);
  });
});

describe("KSM of a 4.19 kernel", () => {
  const reader = readerOf(join(TREES, "4.19"));

  it("is read as far as it goes: what is missing is absent, not zero", async () => {
    expect(await reader.read()).toEqual({
      knobs: { run: 1, pagesToScan: 100, sleepMs: 20 },
      pageBytes: PAGE_BYTES,
      ...{ pagesShared: 300, pagesSharing: 2000, pagesUnshared: 7000, pagesVolatile: 12, fullScans: 4 },
      savedBytes: 2000 * PAGE_BYTES,
    });
    expect(await reader.cpuStallPercent()).toBeUndefined();
  });

  it("tells a guest's part by the one figure it has", async () => {
    expect(await reader.process(801)).toEqual({ mergingPages: 77 });
  });
});

describe("a kernel without KSM", () => {
  it("has none to read", async () => {
    expect(await readerOf(tempFolder()).read()).toBeUndefined();
  });
});

describe("memory being taken offline", () => {
  it("does not hide whether ksmd runs", async () => {
    const root = tempFolder();
    cpSync(join(TREES, "4.19"), root, { recursive: true });
    writeFileSync(join(root, "sys/run"), "5\n");
    expect((await readerOf(root).read())?.knobs.run).toBe(1);
  });
});

/** A `/proc` with processes: name and command line by id. */
function procWith(
  processes: Readonly<Record<string, { comm: string; cmdline?: string; kib?: number }>>,
): string {
  const root = tempFolder();
  for (const [id, { comm, cmdline = "", kib = 0 }] of Object.entries(processes)) {
    const folder = join(root, "proc", id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "comm"), `${comm}\n`);
    writeFileSync(join(folder, "cmdline"), `${cmdline.replaceAll(" ", "\0")}\0`);
    writeFileSync(join(folder, "statm"), `999999 ${kib / 4} 10 5 0 40 0\n`);
    writeFileSync(
      join(folder, "smaps_rollup"),
      `0-1 ---p 0 00:00 0 [rollup]\nRss: 7 kB\nPss:   ${kib / 2} kB\n`,
    );
  }
  return root;
}

describe("another program that turns the knobs", () => {
  it.each([
    ["ksmtuned", "ksmtuned (process 42) holds it; systemctl disable --now ksmtuned"],
    ["momd", "MOM (process 42) holds it; systemctl disable --now mom-vdsm momd"],
    ["uksmd", "uksmd (process 42) holds it; systemctl disable --now uksmd"],
  ])("is known by its process: %s", async (comm, text) => {
    expect(await readerOf(procWith({ 1: { comm: "systemd" }, 42: { comm } })).rival()).toBe(text);
  });

  it("is known by its unit while that has processes", async () => {
    const root = procWith({ 1: { comm: "systemd" } });
    const unit = join(root, "cgroup/system.slice/ksmtuned.service");
    mkdirSync(unit, { recursive: true });
    writeFileSync(join(unit, "cgroup.procs"), "");
    expect(await readerOf(root).rival()).toBeUndefined();
    writeFileSync(join(unit, "cgroup.procs"), "77\n");
    expect(await readerOf(root).rival()).toMatch(/^ksmtuned \(ksmtuned.service\) holds it/);
  });

  it("is not seen where there is none", async () => {
    expect(
      await readerOf(procWith({ 1: { comm: "ksmd" }, 2: { comm: "qemu-system-x86" } })).rival(),
    ).toBeUndefined();
  });
});

describe("the host as ksmtuned reads it", () => {
  const root = procWith({
    10: { comm: "kvm", cmdline: "/usr/bin/kvm -id 100", kib: 4000 },
    11: { comm: "qemu-kvm", cmdline: "/usr/libexec/qemu-kvm -m 1", kib: 2000 },
    12: { comm: "qemu-system-x86", cmdline: "qemu-system-x86_64 -m 1 -enable-kvm", kib: 1000 },
    13: { comm: "qemu-system-x86", cmdline: "/usr/bin/qemu-system-x86_64 -m 1 -accel kvm", kib: 800 },
    14: { comm: "bash", cmdline: "bash -c qemu-system-x86_64 -enable-kvm", kib: 400 },
  });
  const meminfo =
    "MemTotal: 16000 kB\nMemFree: 5000 kB\nMemAvailable: 7000 kB\nBuffers: 100 kB\nCached: 2000 kB\n";
  writeFileSync(join(root, "proc/meminfo"), meminfo);
  const facts = (variant: KsmtunedRule["variant"], change: Partial<KsmtunedRule> = {}) =>
    readerOf(root).ksmtunedFacts({ ...ksmtunedDefaults(variant), ...change });

  it("counts free memory as the script does", async () => {
    expect(await facts("debian")).toMatchObject({ totalKib: 16_000, freeKib: 7100, availableKib: 7000 });
  });

  it.each<[KsmtunedRule["variant"], Partial<KsmtunedRule>, number, string]>([
    ["proxmox", {}, 2000, "PSS of what is called kvm"],
    ["proxmox", { metric: "rsz" }, 4000, "resident memory where the file says rsz"],
    ["redhat", {}, 2000, "what is called qemu-kvm"],
    ["debian", {}, 1000, "what pgrep finds, which misses whatever was started by its path"],
    ["debian", { fixes: ["processes"] }, 7800, "mended: every QEMU"],
  ])("as %s %j counts %i KiB committed: %s", async (variant, change, committedKib) => {
    expect((await facts(variant, change))?.committedKib).toBe(committedKib);
  });
});
