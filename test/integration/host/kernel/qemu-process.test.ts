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
    await Promise.all(paths.map((path) => listeningProcess(path)));
    const client = net.connect(paths[0] ?? "");
    onTestFinished(() => void client.destroy());
    const facts = await Promise.all(paths.map((path) => processMemory.read(path)));
    expect(facts.every((fact) => fact !== undefined)).toBe(true);
  });

  it("is found in one walk for guests that are expected and read later", async () => {
    const { processMemory, folder } = setUp();
    const [first = "", second = ""] = ["a", "b"].map((name) => join(folder, name));
    await Promise.all([first, second].map((path) => listeningProcess(path)));
    processMemory.expect?.([first, second]);
    expect(await processMemory.read(first)).toBeDefined();
    // No other walk is due.
    expect(await processMemory.read(second)).toBeDefined();
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
  it("whose socket was bound by a relative path", async () => {
    const { processMemory, folder, path } = setUp();
    await listeningProcess("./qmp", { cwd: folder });
    expect(await processMemory.read(path)).toBeDefined();
  });

  it("whose socket was bound by a relative path, though it is in another folder by now", async () => {
    const { processMemory, folder, path } = setUp();
    const child = await listeningProcess("qmp", { cwd: folder, thenCwd: "/" });
    expect((await processMemory.read(path))?.processId).toBe(child.pid);
  });

  it("among several whose sockets have the same relative path", async () => {
    const folders = [setUp(), setUp(), setUp()];
    const children = await Promise.all(
      folders.map(({ folder }) => listeningProcess("qmp", { cwd: folder, thenCwd: "/" })),
    );
    const { processMemory } = setUp();
    const found = await Promise.all(folders.map(({ path }) => processMemory.read(path)));
    expect(found.map((memory) => memory?.processId)).toEqual(children.map(({ pid }) => pid));
  });

  it.skipIf(process.getuid?.() !== 0)(
    "in a container, whose mounts and network are its own (needs root)",
    async () => {
      const { processMemory, folder, path } = setUp();
      const inside = join(folder, "inside");
      await mkdir(inside);
      const container = { folder, inside };
      const child = await listeningProcess(join(inside, "qmp"), { container });
      expect((await processMemory.read(path))?.processId).toBe(child.pid);
      await listeningProcess("./other", { container, cwd: folder });
      expect(await setUp().processMemory.read(join(folder, "other"))).toBeDefined();
    },
  );

  it("is in vain where one process serves several guests: its memory is none of theirs", async () => {
    const { processMemory, clock, folder, path } = setUp();
    const child = await listeningProcess(path);
    expect((await processMemory.read(path))?.processId).toBe(child.pid);
    clock.aheadMs += 5_000;
    const servers = ["a", "b"].map((name) => net.createServer().listen(join(folder, name)));
    onTestFinished(() => servers.forEach((server) => void server.close()));
    const both = await Promise.all(["a", "b"].map((name) => processMemory.read(join(folder, name))));
    expect(both).toEqual([undefined, undefined]);
    expect(await processMemory.read(path)).toBeDefined();
  });

  it("is not tried at each tick where it fails: reading all sockets is expensive", async () => {
    const root = await madeUpProc({});
    const { clock, path } = setUp();
    let asked = 0;
    const listListeningFiles = async () => {
      asked++;
      return "";
    };
    const processMemory = createProcessMemoryReader({ clock, procRoot: root, listListeningFiles });
    onTestFinished(() => processMemory.close());
    expect(await processMemory.read(path)).toBeUndefined();
    expect(asked).toBe(0);
    await listeningProcess(path);
    for (const aheadMs of [5_000, 20_000, 40_000, 66_000]) {
      clock.aheadMs = aheadMs;
      expect(await processMemory.read(path)).toBeUndefined();
    }
    expect(asked).toBe(2);
  });

  it("goes on where its status is longer than usual: one in thousands of groups", async () => {
    const root = await madeUpProc({ 11: 500 });
    const groups = `Groups:\t${"1000000 ".repeat(20_000)}\n`;
    const memory = "VmLck:\t 4 kB\nVmRSS:\t 700 kB\nVmSwap:\t 8 kB\nHugetlbPages:\t 0 kB\nThreads:\t1\n";
    await writeFile(join(root, "11/status"), `Name:\tqemu\nPid:\t11\n${groups}${memory}`);
    const { processMemory } = setUp(root);
    expect(await processMemory.read("/run/web1")).toEqual({
      ...{ processId: 11, residentBytes: 700 * 1024, swappedBytes: 8 * 1024 },
    });
  });

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
