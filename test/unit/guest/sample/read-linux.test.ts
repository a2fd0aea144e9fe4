/** The reader of a Linux guest, on recorded trees. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { realUse } from "../../../../guest/src/judgement/real-use.ts";
import { LinuxReader } from "../../../../guest/src/sample/read-linux.ts";
import { COUNTERS_EVERY_MS, LASTING_COUNTERS_EVERY_MS } from "../../../../guest/src/sample/reading-times.ts";

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

/** A tree of `/proc` with ZFS, whose cache and available memory have these sizes. */
function writeZfs(root: string, arcMib: number, availableMib: number): void {
  const folder = join(root, "proc/spl/kstat/zfs");
  mkdirSync(folder, { recursive: true });
  const lines = [
    `c_min                           4    ${64 * MIB}`,
    `size                            4    ${arcMib * MIB}`,
  ];
  writeFileSync(join(folder, "arcstats"), `13 1 0x01 147 39984 1 2\nname type data\n${lines.join("\n")}\n`);
  writeFileSync(
    join(root, "proc/meminfo"),
    `${meminfo(4096 * 1024, availableMib * 1024)}Active(file): 0 kB\nInactive(file): 0 kB\n`,
  );
}

describe("a guest with ZFS", () => {
  it("has its cache counted with every sample, as what is available is: the two are added up", () => {
    const root = tree("6.1-squeezed");
    writeZfs(root, 1064, 100);
    const guest = reader(root);
    expect(realUse(guest.read(0, false), guest.traits)).toMatchObject({
      availableBytes: 900 * MIB,
      arcAvailableBytes: 800 * MIB,
    });
    // Programs took a GiB of the cache: what MemAvailable says is as before.
    writeZfs(root, 64, 100);
    expect(realUse(guest.read(20, false), guest.traits)).toMatchObject({
      availableBytes: 100 * MIB,
      arcAvailableBytes: 0,
    });
  });

  it("grows when its programs take what was cache", () => {
    const root = tree("6.1-squeezed");
    const guest = reader(root);
    const firm = (arcMib: number, atMs: number) => {
      writeZfs(root, arcMib, 100);
      return realUse(guest.read(atMs, false), guest.traits)?.firmBytes ?? 0;
    };
    const before = firm(1064, 0);
    expect(firm(264, 20) - before).toBe(800 * MIB);
  });
});

describe("a balloon driver that comes late", () => {
  /** Writes what a balloon of so many pages makes of the kernel's figures, with deflate-on-oom: MemTotal stays. */
  function inflate(root: string, pages: number): void {
    const available = 4096 * 1024 - pages * 4;
    writeFileSync(join(root, "proc/meminfo"), meminfo(4096 * 1024, available));
    writeFileSync(join(root, "proc/vmstat"), `balloon_inflate ${pages}\nballoon_deflate 0\n`);
  }

  it("is noticed when its balloon first moves: the balloon is not taken for use", () => {
    const root = tree("6.18-deflate-on-oom");
    const device = join(root, "sys/bus/virtio/devices");
    const features = readdirSync(device)
      .map((name) => join(device, name, "features"))
      .filter((path) => existsSync(path));
    const negotiated = features.map((path) => readFileSync(path, "latin1"));
    // Without a driver nothing is negotiated.
    for (const path of features) writeFileSync(path, "0".repeat(64));
    inflate(root, 0);
    const guest = reader(root);
    guest.read(0, true);
    expect(guest.traits.deflateOnOom).toBe(false);
    features.forEach((path, i) => {
      writeFileSync(path, negotiated[i] ?? "");
    });
    inflate(root, 256 * 1024);
    const use = realUse(guest.read(1000, false), guest.traits);
    expect(guest.traits).toMatchObject({ balloon: true, deflateOnOom: true });
    expect(use).toMatchObject({ totalBytes: 3072 * MIB, balloonBytes: 1024 * MIB, usedBytes: 0 });
  });

  it("is looked for again every minute, as a device can be plugged in", () => {
    const root = tree("6.18-deflate-on-oom");
    const hidden = join(root, "sys/bus/virtio/hidden");
    renameSync(join(root, "sys/bus/virtio/devices"), hidden);
    const guest = reader(root);
    guest.read(0, false);
    expect(guest.traits.balloon).toBe(false);
    renameSync(hidden, join(root, "sys/bus/virtio/devices"));
    guest.read(60_000, false);
    expect(guest.traits.balloon).toBe(true);
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

  it("reads the counters at once when available memory moves, or when it is urgent", () => {
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

describe("a first look", () => {
  function withFigures(root: string, freeKib: number, availableKib: number, totalKib = 2_000_000): void {
    const line = (name: string, kib: number) => `${name}:${String(kib).padStart(14)} kB\n`;
    const head = line("MemTotal", totalKib) + line("MemFree", freeKib) + line("MemAvailable", availableKib);
    writeFileSync(join(root, "proc/meminfo"), `${head}Cached: 1 kB\n`);
  }

  it("tells whether what is free, available or there at all moved, but for noise", () => {
    const root = tree("6.1-squeezed");
    withFigures(root, 100_000, 150_000);
    const looking = reader(root);
    looking.read(0, true);
    expect(looking.isUnchanged(20, false)).toBe(true);
    withFigures(root, 99_600, 149_600);
    expect(looking.isUnchanged(40, false)).toBe(true);
    withFigures(root, 98_900, 150_000);
    expect(looking.isUnchanged(60, false)).toBe(false);
    withFigures(root, 100_000, 148_900);
    expect(looking.isUnchanged(80, false)).toBe(false);
    withFigures(root, 100_000, 150_000, 1_900_000);
    expect(looking.isUnchanged(100, false)).toBe(false);
    looking.close();
  });

  it("does not do where counters are due, where ZFS keeps a cache, or before the first sample", () => {
    const [root, zfs] = [tree("6.1-squeezed"), tree("5.10")];
    for (const each of [root, zfs]) withFigures(each, 100_000, 150_000);
    const [looking, onZfs] = [reader(root), reader(zfs)];
    expect(looking.isUnchanged(0, false)).toBe(false);
    looking.read(0, true);
    for (const [isLasting, everyMs] of [
      [false, COUNTERS_EVERY_MS],
      [true, LASTING_COUNTERS_EVERY_MS],
    ] as const) {
      expect(looking.isUnchanged(everyMs - 1, isLasting)).toBe(true);
      expect(looking.isUnchanged(everyMs, isLasting)).toBe(false);
    }
    onZfs.read(0, true);
    expect(onZfs.isUnchanged(20, false)).toBe(false);
    for (const each of [looking, onZfs]) each.close();
  });

  it("does not do on kernels whose meminfo begins otherwise", () => {
    const root = tree("6.1-squeezed");
    writeFileSync(join(root, "proc/meminfo"), "MemTotal: 1000 kB\nMemFree: 10 kB\nBuffers: 1 kB\n");
    const looking = reader(root);
    looking.read(0, true);
    expect(looking.isUnchanged(20, false)).toBe(false);
    looking.close();
  });
});
