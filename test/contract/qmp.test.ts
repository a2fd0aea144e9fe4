import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createKsmReader } from "../../host/src/kernel/ksm/reader.ts";
import { createProcessMemoryReader } from "../../host/src/kernel/qemu-process.ts";
import { createSocketClients } from "../../host/src/kernel/socket-clients.ts";
import { createGuestMonitor } from "../../host/src/qemu/guest-monitor.ts";
import { QmpClient } from "../../host/src/qmp/client.ts";
import { FAKE_MIB } from "../fakes/fake-guest-monitor.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { startRealQemu, whyNoQemu } from "../fakes/real-qemu.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import {
  CONTRACT_MEMORY_MIB,
  describeQmpContract,
  describeSharedMonitorContract,
  PATIENCE,
  plug,
  reached,
  type StartQemu,
} from "./qmp.contract.ts";

const MEMORY = ["-m", String(CONTRACT_MEMORY_MIB)];
const CONTRACT = [
  ...["-m", `${CONTRACT_MEMORY_MIB},slots=4,maxmem=1G`, "-machine", "nvdimm=on"],
  ...["-netdev", "user,id=net0"],
];
const BALLOON = ["-device", "virtio-balloon-pci,id=balloon0"];
const missing = whyNoQemu();

const startFake: StartQemu = async (path, device) => {
  const memoryBytes = CONTRACT_MEMORY_MIB * FAKE_MIB;
  const fake = await FakeQemu.start({
    path,
    memoryBytes,
    balloonDevice: device.balloon,
    driverPresent: false,
  });
  fake.machine.runStatus = "prelaunch";
  fake.machine.networkTypes.push("user");
  onTestFinished(() => fake.close());
};
const startReal: StartQemu = async (path, device) => {
  await startRealQemu(path, device.balloon ? [...CONTRACT, ...BALLOON] : CONTRACT);
};

describeQmpContract("the fake QEMU", startFake);
describeSharedMonitorContract("the fake QEMU", startFake);

if (missing === undefined) {
  describeQmpContract("the real QEMU", startReal);
  describeSharedMonitorContract("the real QEMU", startReal);
  describeQmpContract("the real QEMU that spreads its answers over lines", async (path, device) => {
    await startRealQemu(path, device.balloon ? [...CONTRACT, ...BALLOON] : CONTRACT, { pretty: true });
  });
}

async function startMachine(extra: readonly string[]) {
  const qmpPath = join(socketFolder(), "qmp");
  const child = await startRealQemu(qmpPath, extra);
  const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const listener = {
    onBalloonChange: () => {},
    onReset: () => {},
    onMemoryDoubted: () => {},
    onConnection: () => {},
  };
  const held = createProcessMemoryReader({ clock });
  onTestFinished(() => held.close());
  const backing = (path: string) => held.backing(path);
  const machine = createGuestMonitor({
    name: "real",
    qmpPath,
    clock,
    log,
    listener,
    backing,
    lookDeadlineMs: 15_000,
    ...PATIENCE,
  });
  onTestFinished(() => machine.close());
  return { machine, held, qmpPath, child };
}

async function inhibitionsOf(extra: readonly string[]) {
  const { machine, held, qmpPath, child } = await startMachine(extra);
  return { inhibitions: (await reached(machine)).inhibitions, memory: await held.read(qmpPath), child };
}

/** What the kernel shows of the process, whose memory is larger than all else that QEMU marks. */
async function mergeableBytes(processId: number | undefined): Promise<number | undefined> {
  const reader = createKsmReader({ folder: "/sys/kernel/mm/ksm", pageBytes: 4096 });
  return processId === undefined ? undefined : reader.mergeableBytes(processId);
}

const LARGE = ["-m", "256"];
const LARGE_BYTES = 256 * FAKE_MIB;
const isRoot = process.getuid?.() === 0;

describe.skipIf(missing !== undefined)(
  `real QEMU${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    it("without any machine has no balloon device and no size", async () => {
      expect((await inhibitionsOf(["-machine", "none"])).inhibitions).toEqual([
        "no-balloon-device",
        "paused",
      ]);
    });

    it("shows a balloon device that was given no id", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, "-device", "virtio-balloon-pci"]);
      expect(inhibitions).toEqual(["booting", "paused"]);
    });

    it.each([
      ["virtio-mem-pci", ["virtio-mem", "booting", "paused"]],
      ["virtio-pmem-pci", ["booting", "paused"]],
    ])("with a %s device has a balloon that does not count it", async (driver, inhibitions) => {
      const backend = ["-object", "memory-backend-ram,id=mem1,size=128M"];
      const { machine } = await startMachine([
        ...[...CONTRACT, ...BALLOON, ...backend],
        ...["-device", `${driver},id=dev1,memdev=mem1`],
      ]);
      expect(await reached(machine)).toMatchObject({
        balloon: { actualBytes: CONTRACT_MEMORY_MIB * FAKE_MIB },
        maxBytes: CONTRACT_MEMORY_MIB * FAKE_MIB,
        inhibitions,
      });
    });

    it("that gets a DIMM through another monitor is larger at the next observation", async () => {
      const other = join(socketFolder(), "second");
      const second = ["-qmp", `unix:${other},server=on,wait=off`];
      const { machine } = await startMachine([...CONTRACT, ...BALLOON, ...second]);
      await reached(machine);
      const client = new QmpClient({ path: other, ...PATIENCE });
      onTestFinished(() => client.close());
      await client.connect();
      await plug(client, "pc-dimm", "dimm1", 128 * FAKE_MIB);
      expect(await machine.observe()).toMatchObject({
        balloon: { actualBytes: (CONTRACT_MEMORY_MIB + 128) * FAKE_MIB },
        maxBytes: (CONTRACT_MEMORY_MIB + 128) * FAKE_MIB,
        inhibitions: ["booting", "memory-hotplug", "paused"],
      });
    });

    it("whose disks are backed up through another monitor is named so while it lasts", async () => {
      const other = join(socketFolder(), "second");
      const second = ["-qmp", `unix:${other},server=on,wait=off`];
      const disks = ["from", "to"].flatMap((id) => ["-blockdev", `null-co,node-name=${id},size=16777216`]);
      const { machine } = await startMachine([...CONTRACT, ...BALLOON, ...disks, ...second]);
      await reached(machine);
      const client = new QmpClient({ path: other, ...PATIENCE });
      onTestFinished(() => client.close());
      await client.connect();
      const backup = { "job-id": "job1", device: "from", target: "to", sync: "full", speed: 1 };
      await client.execute("blockdev-backup", backup);
      const isBackedUp = async () => (await machine.observe()).inhibitions.includes("backup");
      await vi.waitUntil(isBackedUp, PATIENCE.commandDeadlineMs);
      await client.execute("block-job-cancel", { device: "job1", force: true });
      await vi.waitUntil(async () => !(await isBackedUp()), PATIENCE.commandDeadlineMs);
    });

    it("waiting for a migration is migrating", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-incoming", "defer"]);
      expect(inhibitions).toContain("migrating");
    });

    it("with ordinary files as memory has no huge pages", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-mem-path", "/dev/shm"]);
      expect(inhibitions).toEqual(["booting", "paused"]);
    });

    it.skipIf(!isRoot)("that locks its memory is known by its process (needs root)", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-overcommit", "mem-lock=on"]);
      expect(inhibitions).toEqual(["locked-memory", "booting", "paused"]);
    });

    it.skipIf(!isRoot)("switches merging in the flags of its process (needs root)", async () => {
      const { machine, held, qmpPath } = await startMachine([...LARGE, ...BALLOON]);
      await reached(machine);
      const processId = (await held.read(qmpPath))?.processId;
      expect(await mergeableBytes(processId)).toBeGreaterThanOrEqual(LARGE_BYTES);
      await machine.setMerging(false);
      expect(await mergeableBytes(processId)).toBeLessThan(LARGE_BYTES / 2);
      await machine.setMerging(true);
      expect(await mergeableBytes(processId)).toBeGreaterThanOrEqual(LARGE_BYTES);
    });

    it("found with merging off reports it", async () => {
      const { machine } = await startMachine([...LARGE, "-machine", "mem-merge=off"]);
      expect((await reached(machine)).merging).toEqual({ on: false });
    });

    it.skipIf(!isRoot)("of shared memory never merges, though QEMU says so (needs root)", async () => {
      const memfd = "memory-backend-memfd,id=ram,size=256M,share=on,merge=on";
      const { machine, held, qmpPath } = await startMachine([
        ...LARGE,
        ...["-object", memfd, "-machine", "memory-backend=ram"],
      ]);
      expect((await reached(machine)).merging).toEqual({ on: false, obstacle: "shared-memory" });
      await machine.setMerging(true);
      expect(await mergeableBytes((await held.read(qmpPath))?.processId)).toBeLessThan(LARGE_BYTES / 2);
    });

    it("is not taken for silent when it is this process that was held up", async () => {
      const path = join(socketFolder(), "qmp");
      await startRealQemu(path, MEMORY);
      const client = new QmpClient({ path, ...PATIENCE });
      onTestFinished(() => client.close());
      await client.connect();
      const answer = client.execute("query-status", undefined, { deadlineMs: 50 });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      expect(await answer).toMatchObject({ running: false });
    });

    it("keeps its interval of statistics when it is only observed; else it is put back at the end", async () => {
      const other = join(socketFolder(), "second");
      const second = ["-qmp", `unix:${other},server=on,wait=off`];
      const { machine } = await startMachine([...MEMORY, ...BALLOON, ...second]);
      const client = new QmpClient({ path: other, ...PATIENCE });
      onTestFinished(() => client.close());
      await client.connect();
      const property = { path: "/machine/peripheral/balloon0", property: "guest-stats-polling-interval" };
      const interval = () => client.execute("qom-get", property);
      await machine.observe({ readOnly: true });
      expect(await interval()).toBe(0);
      await machine.observe();
      expect(await interval()).toBe(2);
      await machine.observe({ readOnly: true });
      expect(await interval()).toBe(0);
      await machine.observe();
      await machine.close();
      expect(await interval()).toBe(0);
    });

    it.skipIf(!isRoot)("names the process that holds another of its monitors (needs root)", async () => {
      const other = join(socketFolder(), "second");
      const second = ["-qmp", `unix:${other},server=on,wait=off`];
      const { machine, child } = await startMachine([...MEMORY, ...BALLOON, ...second]);
      await reached(machine);
      const script = `require("node:net").connect(${JSON.stringify(other)}).on("data", () => console.log("greeted"))`;
      const holder = spawn(process.execPath, ["-e", script]);
      onTestFinished(() => void holder.kill("SIGKILL"));
      await once(holder.stdout, "data");
      const clients = await createSocketClients().of(child.pid ?? 0);
      expect(clients).toContainEqual(expect.objectContaining({ pid: holder.pid, path: other }));
      expect(clients.map(({ pid }) => pid)).not.toContain(process.pid);
    });

    it("is found by its monitor's socket, though it was given that by a relative path", async () => {
      const qmpPath = join(socketFolder(), "qmp");
      const { pid } = await startRealQemu(qmpPath, MEMORY, { relative: true });
      const held = createProcessMemoryReader({ clock: { nowMs: () => 0, wallMs: () => 0 } });
      onTestFinished(() => held.close());
      expect((await held.read(qmpPath))?.processId).toBe(pid);
    });

    it("is found by its monitor's socket, with what it holds", async () => {
      const { memory } = await inhibitionsOf([...MEMORY, ...BALLOON]);
      expect(memory?.residentBytes).toBeGreaterThan(10 * FAKE_MIB);
    });
  },
);
