import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHeldPort } from "../../host/src/collect/host/held.ts";
import { createMachine } from "../../host/src/collect/machine/machine.ts";
import { QmpClient } from "../../host/src/qmp/client.ts";
import { FAKE_MIB } from "../fakes/fake-machine.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { startRealQemu, whyNoQemu } from "../fakes/real-qemu.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { CONTRACT_MEMORY_MIB, describeQmpContract, PATIENCE, reached } from "./qmp.contract.ts";

const MEMORY = ["-m", String(CONTRACT_MEMORY_MIB)];
const BALLOON = ["-device", "virtio-balloon-pci,id=balloon0"];
const missing = whyNoQemu();

describeQmpContract("the fake QEMU", async (path, device) => {
  const memoryBytes = CONTRACT_MEMORY_MIB * FAKE_MIB;
  const fake = await FakeQemu.start({
    path,
    memoryBytes,
    balloonDevice: device.balloon,
    driverPresent: false,
  });
  fake.machine.runStatus = "prelaunch";
  onTestFinished(() => fake.close());
});

if (missing === undefined) {
  describeQmpContract("the real QEMU", async (path, device) => {
    await startRealQemu(path, device.balloon ? [...MEMORY, ...BALLOON] : MEMORY);
  });
}

async function inhibitionsOf(extra: readonly string[]) {
  const qmpPath = join(socketFolder(), "qmp");
  const child = await startRealQemu(qmpPath, extra);
  const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const listener = { onBalloonChange: () => {}, onReset: () => {}, onConnection: () => {} };
  const held = createHeldPort({ clock });
  onTestFinished(() => held.close());
  const lockedBytes = (path: string) => held.lockedBytes(path);
  const machine = createMachine({
    name: "real",
    qmpPath,
    clock,
    log,
    listener,
    lockedBytes,
    lookDeadlineMs: 15_000,
    ...PATIENCE,
  });
  onTestFinished(() => machine.close());
  return { inhibitions: (await reached(machine)).inhibitions, memory: await held.read(qmpPath), child };
}

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

    it("waiting for a migration is migrating", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-incoming", "defer"]);
      expect(inhibitions).toContain("migrating");
    });

    it("with ordinary files as memory has no huge pages", async () => {
      const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-mem-path", "/dev/shm"]);
      expect(inhibitions).toEqual(["booting", "paused"]);
    });

    it.skipIf(process.getuid?.() !== 0)(
      "that locks its memory is known by its process (needs root)",
      async () => {
        const { inhibitions } = await inhibitionsOf([...MEMORY, ...BALLOON, "-overcommit", "mem-lock=on"]);
        expect(inhibitions).toEqual(["locked-memory", "booting", "paused"]);
      },
    );

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

    it("is found by its monitor's socket, with what it holds", async () => {
      const { memory } = await inhibitionsOf([...MEMORY, ...BALLOON]);
      expect(memory?.residentBytes).toBeGreaterThan(10 * FAKE_MIB);
    });
  },
);
