import { rmSync, symlinkSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProcessMemoryReader } from "../../../../host/src/kernel/qemu-process.ts";
import { endProcess, listeningProcess } from "../../../fakes/listening-process.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

function setUp(procRoot = "/proc") {
  const folder = socketFolder();
  const clock = { aheadMs: 0, nowMs: () => clock.aheadMs, wallMs: () => 0 };
  const processMemory = createProcessMemoryReader({ clock, procRoot });
  onTestFinished(() => processMemory.close());
  return { processMemory, clock, folder, path: join(folder, "qmp") };
}

describe("what a QEMU process holds", () => {
  it("is found by the socket that it listens on", async () => {
    const { processMemory, path } = setUp();
    await listeningProcess(path);
    const facts = await processMemory.read(path);
    expect(facts?.residentBytes).toBeGreaterThan(10 * 1024 * 1024);
    expect(facts?.swappedBytes).toBeGreaterThanOrEqual(0);
    expect(await processMemory.backing(path)).toMatchObject({ lockedBytes: 0, hugetlbBytes: 0 });
  });

  it("is found for several guests in one walk, while a client is connected", async () => {
    const { processMemory, folder } = setUp();
    const paths = ["a", "b", "c"].map((name) => join(folder, name));
    await Promise.all(paths.map(listeningProcess));
    const client = net.connect(paths[0] ?? "");
    onTestFinished(() => void client.destroy());
    const facts = await Promise.all(paths.map((path) => processMemory.read(path)));
    expect(facts.every((fact) => fact !== undefined)).toBe(true);
  });

  it("is found where the configuration names the folder in another way", async () => {
    const { processMemory, folder } = setUp();
    await mkdir(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));
    await listeningProcess(join(folder, "real", "qmp"));
    expect(await processMemory.read(join(folder, "link", "qmp"))).toBeDefined();
  });

  it("is absent once the process is gone, and that of the next process when the guest starts anew", async () => {
    const { processMemory, clock, path } = setUp();
    const first = await listeningProcess(path);
    expect(await processMemory.read(path)).toBeDefined();
    await endProcess(first);
    clock.aheadMs += 5_000;
    expect(await processMemory.read(path)).toBeUndefined();
    rmSync(path);
    await listeningProcess(path);
    clock.aheadMs += 5_000;
    expect(await processMemory.read(path)).toBeDefined();
  });

  it("is absent where no one listens, or /proc tells nothing", async () => {
    const { processMemory, path } = setUp();
    expect(await processMemory.read(path)).toBeUndefined();
    const blind = setUp("/nowhere");
    expect(await blind.processMemory.read(path)).toBeUndefined();
  });
});

/** A made-up /proc in which one socket, inode 5, listens on `/run/web1`. */
async function madeUpProc(holders: Readonly<Record<string, number>>): Promise<string> {
  const root = socketFolder();
  await mkdir(join(root, "net"));
  await writeFile(join(root, "net/unix"), "0: 00000002 00000000 00010000 0001 01 5 /run/web1\n");
  for (const [pid, residentKib] of Object.entries(holders)) await addHolder(root, pid, residentKib);
  return root;
}

async function addHolder(root: string, pid: string, residentKib: number): Promise<void> {
  await mkdir(join(root, pid, "fd"), { recursive: true });
  await symlink("socket:[5]", join(root, pid, "fd/3"));
  await writeFile(join(root, pid, "status"), `Name:\tqemu\nPid:\t${pid}\nVmRSS:\t ${residentKib} kB\n`);
}

describe("finding the process", () => {
  it("takes the largest of several that hold the socket: a launcher is small", async () => {
    const { processMemory } = setUp(await madeUpProc({ 11: 500, 22: 200_000, 33: 700 }));
    expect(await processMemory.read("/run/web1")).toEqual({
      processId: 22,
      residentBytes: 200_000 * 1024,
      swappedBytes: 0,
    });
  });

  it("looks for an owner that could not be seen again only after a minute", async () => {
    const root = await madeUpProc({});
    const { processMemory, clock } = setUp(root);
    expect(await processMemory.read("/run/web1")).toBeUndefined();
    await addHolder(root, "11", 500);
    clock.aheadMs += 30_000;
    expect(await processMemory.read("/run/web1")).toBeUndefined();
    clock.aheadMs += 30_000;
    expect(await processMemory.read("/run/web1")).toBeDefined();
  });

  it("drops a process whose status no longer tells its memory, and finds the next", async () => {
    const root = await madeUpProc({ 11: 500 });
    const { processMemory, clock } = setUp(root);
    expect((await processMemory.read("/run/web1"))?.residentBytes).toBe(500 * 1024);
    await writeFile(join(root, "11/status"), "Name:\tqemu\nState:\tZ (zombie)\n");
    await addHolder(root, "22", 900);
    clock.aheadMs += 5_000;
    expect((await processMemory.read("/run/web1"))?.residentBytes).toBe(900 * 1024);
  });
});
