import { mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProcessStatus } from "../../../../host/src/kernel/process-status.ts";
import { createProcessMemoryReader } from "../../../../host/src/kernel/qemu-process.ts";
import { SharedMemory } from "../../../../host/src/kernel/shared-memory.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { startRealQemu, whyNoQemu } from "../../../fakes/real-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const PID = 42;
const STATUS: ProcessStatus = {
  ...{ processId: PID, residentBytes: 40 * MIB, swappedBytes: MIB, sharedBytes: 0 },
  ...{ lockedBytes: 0, hugetlbBytes: 0 },
};

/** A process whose files are those of `add`. */
async function aProcess() {
  const root = socketFolder();
  const folder = join(root, String(PID), "fd");
  await mkdir(folder, { recursive: true });
  const shm = mkdtempSync("/dev/shm/ballast-");
  onTestFinished(() => rmSync(shm, { recursive: true }));
  const clock = { nowMs: 0 };
  const memory = new SharedMemory(root, () => clock.nowMs);
  const read = (sharedMib: number, more: Partial<ProcessStatus> = {}) =>
    memory.counted("/run/qmp", { ...STATUS, sharedBytes: sharedMib * MIB, ...more });
  const add = (fd: number, mib: number, path = join(shm, String(fd))) => {
    writeFileSync(path, Buffer.alloc(mib * MIB, 1));
    symlinkSync(path, join(folder, String(fd)));
  };
  return { clock, read, add, shm, folder };
}

describe("shared memory that a process does not map", () => {
  it("counts as swapped, beside what is swapped of private memory", async () => {
    const { read, add } = await aProcess();
    add(8, 8);
    // As the kernel shows it when all of it is swapped.
    expect(await read(0)).toMatchObject({ residentBytes: 40 * MIB, swappedBytes: 9 * MIB });
    expect(await read(5)).toMatchObject({ swappedBytes: 4 * MIB });
    expect(await read(8)).toMatchObject({ swappedBytes: MIB });
  });

  it("counts once where a process has the file open twice", async () => {
    const { read, add, shm, folder } = await aProcess();
    add(8, 4);
    symlinkSync(join(shm, "8"), join(folder, "9"));
    expect(await read(0)).toMatchObject({ swappedBytes: 5 * MIB });
  });

  it("is no file of a disk, and not counted where memory is on huge pages", async () => {
    const { read, add } = await aProcess();
    add(8, 4, join(socketFolder(), "disk.img"));
    add(9, 2);
    expect(await read(0)).toMatchObject({ swappedBytes: 3 * MIB });
    expect(await read(0, { hugetlbBytes: MIB })).toMatchObject({ swappedBytes: MIB });
  });

  it("is found again after memory was plugged, and after the process was started anew", async () => {
    const { clock, read, add } = await aProcess();
    add(8, 2);
    expect(await read(2)).toMatchObject({ swappedBytes: MIB });
    add(9, 6);
    clock.nowMs = 60_000;
    expect(await read(4)).toMatchObject({ swappedBytes: 5 * MIB });
    expect(await read(0, { processId: 43 })).toMatchObject({ swappedBytes: MIB });
  });
});

describe.skipIf(whyNoQemu() !== undefined)("a real QEMU whose memory is a memfd", () => {
  it("holds what of it the kernel holds, mapped or not", async () => {
    const path = join(socketFolder(), "m.qmp");
    const backend = "memory-backend-memfd,id=m,size=64M,share=on";
    const qemu = await startRealQemu(path, [
      "-m",
      "64",
      "-object",
      backend,
      "-machine",
      "pc,memory-backend=m",
    ]);
    const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
    const reader = createProcessMemoryReader({ clock });
    onTestFinished(() => reader.close());
    const before = await reader.read(path);
    const folder = `/proc/${qemu.pid}/fd`;
    const links = await Promise.all(
      (await readdir(folder)).map(async (fd) => [fd, await readlink(join(folder, fd))]),
    );
    const [fd] = links.find(([, link]) => link?.startsWith("/memfd:memory-backend")) ?? [];
    // Held by the kernel and mapped nowhere, as pages are that went to swap.
    const file = openSync(join(folder, fd ?? ""), "r+");
    writeSync(file, Buffer.alloc(16 * MIB, 1), 0, 16 * MIB, 32 * MIB);
    const after = await reader.read(path);
    // What QEMU itself has resident falls and rises meanwhile.
    const addedBytes = (after?.swappedBytes ?? 0) - (before?.swappedBytes ?? 0);
    expect(addedBytes / MIB).toBeGreaterThanOrEqual(15);
    expect(addedBytes / MIB).toBeLessThanOrEqual(17);
  });
});
