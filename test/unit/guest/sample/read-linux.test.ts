/** The reader of a Linux guest, on recorded trees. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { realUse } from "../../../../guest/src/judgement/real-use.ts";
import { LinuxReader } from "../../../../guest/src/sample/read-linux.ts";
import { COUNTERS_EVERY_MS } from "../../../../guest/src/sample/reading-times.ts";

const MIB = 1024 * 1024;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function tree(kernel: string): string {
  const folder = mkdtempSync(join(tmpdir(), "proc-"));
  folders.push(folder);
  cpSync(fileURLToPath(new URL(`../../../fixtures/proc/${kernel}`, import.meta.url)), folder, {
    recursive: true,
  });
  return folder;
}

function reader(root: string): LinuxReader {
  return new LinuxReader({ procRoot: join(root, "proc"), sysRoot: join(root, "sys") });
}

function meminfo(totalKib: number, availableKib: number): string {
  return `MemTotal: ${totalKib} kB\nMemFree: ${availableKib} kB\nMemAvailable: ${availableKib} kB\n`;
}

describe("a guest without deflate-on-oom", () => {
  it("has its balloon outside of MemTotal", () => {
    const guest = reader(tree("6.1-squeezed"));
    const sample = guest.read(0, false);
    expect(guest.traits).toMatchObject({ balloon: true, deflateOnOom: false });
    expect(realUse(sample, guest.traits)).toMatchObject({
      totalBytes: 160784 * 1024,
      usedBytes: (160784 - 112268) * 1024,
      balloonBytes: 312 * MIB,
    });
    expect(sample.slow.watermarkReserveBytes).toBe(1467 * 4096);
  });
});

describe("a guest with deflate-on-oom", () => {
  it("does not take its balloon for use", () => {
    const guest = reader(tree("6.18-deflate-on-oom"));
    const use = realUse(guest.read(0, false), guest.traits);
    expect(guest.traits.deflateOnOom).toBe(true);
    expect(use?.balloonBytes).toBe(2048 * MIB);
    expect(use?.totalBytes).toBe(24684084 * 1024 - 2048 * MIB);
  });
});

describe("reading again and again", () => {
  it("sees what changed without opening anew", () => {
    const root = tree("6.1-squeezed");
    const guest = reader(root);
    guest.read(0, false);
    writeFileSync(join(root, "proc/meminfo"), meminfo(1000, 500));
    expect(guest.read(20, false).meminfo.availableBytes).toBe(500 * 1024);
  });

  it("reads the counters only now and then while nothing happens", () => {
    const guest = reader(tree("6.1-squeezed"));
    guest.read(0, false);
    expect(guest.read(COUNTERS_EVERY_MS - 1, false).counters?.sampledAtMs).toBe(0);
    expect(guest.read(COUNTERS_EVERY_MS, false).counters?.sampledAtMs).toBe(COUNTERS_EVERY_MS);
  });

  it("reads the counters at once when available memory moves, or when told that it is urgent", () => {
    const root = tree("6.1-squeezed");
    const guest = reader(root);
    guest.read(0, false);
    writeFileSync(join(root, "proc/meminfo"), meminfo(160000, 80000));
    expect(guest.read(20, false).counters?.sampledAtMs).toBe(20);
    writeFileSync(join(root, "proc/meminfo"), meminfo(160000, 120000));
    expect(guest.read(40, false).counters?.sampledAtMs).toBe(40);
    expect(guest.read(60, true).counters?.sampledAtMs).toBe(60);
  });

  it("looks after a minute for files that were missing", () => {
    const root = tree("6.1-squeezed");
    rmSync(join(root, "proc/pressure"), { recursive: true });
    const guest = reader(root);
    guest.read(0, false);
    expect(guest.read(500, true).counters?.pressure).toEqual({});
    cpSync(
      fileURLToPath(new URL("../../../fixtures/proc/5.10/proc/pressure", import.meta.url)),
      join(root, "proc/pressure"),
      { recursive: true },
    );
    expect(guest.read(1000, true).counters?.pressure).toEqual({});
    guest.read(60_000, false);
    expect(guest.read(60_500, true).counters?.pressure.someStallUs).toBe(18322117);
  });
});

describe("a machine where nothing can be read", () => {
  it("gives an empty sample instead of failing", () => {
    const guest = reader("/nonexistent");
    const sample = guest.read(0, true);
    expect(sample).toEqual({
      sampledAtMs: 0,
      meminfo: {},
      counters: { sampledAtMs: 0, vmstat: {}, pressure: {} },
      slow: {},
    });
    expect(realUse(sample, guest.traits)).toBeUndefined();
  });
});
