/** What our QMP client and machine rely on: held against the fake QEMU and the real one alike. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { GuestMonitor, MonitorFacts } from "../../host/src/model/adapters.ts";
import { createGuestMonitor } from "../../host/src/qemu/guest-monitor.ts";
import { queryMemorySize } from "../../host/src/qemu/memory-size.ts";
import { QmpClient } from "../../host/src/qmp/client.ts";
import { qomGet, queryMemorySummary, queryNetworkTypes, runStatusOf } from "../../host/src/qmp/commands.ts";
import type { QmpEvent } from "../../host/src/qmp/message.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { PlatformCall } from "../testbed/platform/platform-call.ts";

export const CONTRACT_MEMORY_MIB = 64;
const MEMORY_BYTES = CONTRACT_MEMORY_MIB * 1024 * 1024;
/** Deadlines for a machine that is busy with other tests. */
export const PATIENCE = { greetingDeadlineMs: 15_000, commandDeadlineMs: 15_000 } as const;
const BALLOON_PATH = "/machine/peripheral/balloon0";

/** Starts a QEMU on `path` with 64 MiB and slots for more, a network of the user's, no guest running, and perhaps a balloon device `balloon0`; ends it after the test. */
export type StartQemu = (path: string, device: { readonly balloon: boolean }) => Promise<void>;

async function connected(path: string, onEvent?: (event: QmpEvent) => void): Promise<QmpClient> {
  const client = new QmpClient({ path, ...PATIENCE, ...(onEvent && { onEvent }) });
  onTestFinished(() => client.close());
  await client.connect();
  return client;
}

/** Plugs memory as a management tool does. */
export async function plug(client: QmpClient, driver: string, id: string, sizeBytes: number): Promise<void> {
  const memdev = `${id}-backend`;
  await client.execute("object-add", { "qom-type": "memory-backend-ram", id: memdev, size: sizeBytes });
  await client.execute("device_add", { driver, id, memdev });
}

function machineOn(qmpPath: string) {
  const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const listener = {
    onBalloonChange: vi.fn(),
    onReset: vi.fn(),
    onMemoryDoubted: vi.fn(),
    onConnection: vi.fn(),
  };
  const machine = createGuestMonitor({
    name: "contract",
    qmpPath,
    clock,
    log,
    listener,
    lookDeadlineMs: 15_000,
    ...PATIENCE,
  });
  onTestFinished(() => machine.close());
  return { machine, listener };
}

/** What the machine shows once its QEMU is reached: a first attempt may come before QEMU listens. */
export function reached(machine: GuestMonitor): Promise<MonitorFacts> {
  const look = async () => {
    const facts = await machine.observe();
    return facts.inhibitions.includes("unreachable") ? undefined : facts;
  };
  return vi.waitUntil(look, { timeout: PATIENCE.greetingDeadlineMs, interval: 50 });
}

/** A monitor that is shared with a platform's tools, whose client reads lines. */
export function describeSharedMonitorContract(name: string, start: StartQemu): void {
  describe(`a shared monitor of ${name}`, () => {
    it("serves a client that waits when its turn comes, with what it wrote before, as Proxmox's writes it", async () => {
      const path = join(socketFolder(), "qmp");
      await start(path, { balloon: true });
      const first = await connected(path);
      const waiting = await PlatformCall.open(path, PATIENCE.commandDeadlineMs);
      onTestFinished(() => waiting.close());
      let isAnswered = false;
      const asked = waiting.ask([{ execute: "query-status" }]).then(() => {
        isAnswered = true;
      });
      runStatusOf(await first.execute("query-status"));
      runStatusOf(await first.execute("query-status"));
      expect(isAnswered).toBe(false);
      await first.close();
      await asked;
    });
  });
}

export function describeQmpContract(name: string, start: StartQemu): void {
  const started = async (balloon = true) => {
    const path = join(socketFolder(), "qmp");
    await start(path, { balloon });
    return path;
  };

  describe(`QMP as ${name} speaks it`, () => {
    it("greets, negotiates, and tells status and memory", async () => {
      const client = await connected(await started());
      expect(runStatusOf(await client.execute("query-status"))).toMatchObject({ running: false });
      expect(await queryMemorySummary(client)).toEqual({ baseBytes: MEMORY_BYTES, pluggedBytes: 0 });
      expect(await client.execute("query-balloon")).toEqual({ actual: MEMORY_BYTES });
    });

    it("answers many commands at once, each with its own id", async () => {
      const client = await connected(await started());
      const replies = await client.batch(() =>
        Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            client.execute(index % 2 ? "query-balloon" : "query-status"),
          ),
        ),
      );
      expect(replies.map((reply) => Object.hasOwn(Object(reply), "actual"))).toEqual(
        Array.from({ length: 20 }, (_, index) => index % 2 === 1),
      );
    });

    it("refuses an unknown command by class", async () => {
      const client = await connected(await started());
      await expect(client.execute("no-such-command")).rejects.toMatchObject({
        errorClass: "CommandNotFound",
      });
    });

    it("leaves a second client without a greeting until the first is gone", async () => {
      const path = await started();
      const first = await connected(path);
      const impatient = new QmpClient({ path, greetingDeadlineMs: 200 });
      await expect(impatient.connect()).rejects.toMatchObject({ code: "QMP_BUSY" });
      const patient = new QmpClient({ path, ...PATIENCE });
      onTestFinished(() => patient.close());
      const greeted = patient.connect();
      await first.close();
      await greeted;
      expect(runStatusOf(await patient.execute("query-status"))).toMatchObject({ running: false });
    });

    it("accepts a balloon target without a driver, and nothing follows", async () => {
      const client = await connected(await started());
      expect(await client.execute("balloon", { value: MEMORY_BYTES / 2 })).toEqual({});
      expect(await client.execute("query-balloon")).toEqual({ actual: MEMORY_BYTES });
    });

    it("counts a plugged DIMM in the balloon's size, keeps what is in the balloon, and does not count an nvdimm", async () => {
      const client = await connected(await started());
      const DIMM_BYTES = 128 * 1024 * 1024;
      await plug(client, "pc-dimm", "dimm1", DIMM_BYTES);
      expect(await queryMemorySize(client)).toMatchObject({
        fullBytes: MEMORY_BYTES + DIMM_BYTES,
        uncountedBytes: 0,
      });
      expect(await client.execute("query-balloon")).toEqual({ actual: MEMORY_BYTES + DIMM_BYTES });
      await plug(client, "nvdimm", "nvdimm1", DIMM_BYTES);
      expect(await queryMemorySize(client)).toMatchObject({
        fullBytes: MEMORY_BYTES + DIMM_BYTES,
        uncountedBytes: DIMM_BYTES,
        summary: { baseBytes: MEMORY_BYTES, pluggedBytes: 2 * DIMM_BYTES },
      });
      expect(await client.execute("query-balloon")).toEqual({ actual: MEMORY_BYTES + DIMM_BYTES });
    });

    it("tells the types of its network back ends", async () => {
      expect(await queryNetworkTypes(await connected(await started()))).toEqual(["user"]);
    });

    it("writes statistics that nobody reported as numbers that are no safe integers", async () => {
      const client = await connected(await started());
      expect(await qomGet(client, BALLOON_PATH, "guest-stats")).toMatchObject({
        "last-update": 0,
        stats: { "stat-free-memory": 2 ** 64, "stat-total-memory": 2 ** 64 },
      });
    });

    it("tells of a reset with its time", async () => {
      const events: QmpEvent[] = [];
      const client = await connected(await started(), (event) => events.push(event));
      await client.execute("system_reset");
      await vi.waitUntil(() => events.some(({ name: event }) => event === "RESET"), 5_000);
      const reset = events.find(({ name: event }) => event === "RESET");
      expect(Math.abs((reset?.atWallMs ?? 0) - Date.now())).toBeLessThan(60_000);
    });
  });

  describe(`a machine behind ${name}`, () => {
    it("is observed: balloon, full size, no driver yet, processors standing", async () => {
      const { machine, listener } = machineOn(await started());
      expect(await reached(machine)).toEqual({
        balloon: { actualBytes: MEMORY_BYTES, observedAtMs: expect.any(Number) },
        inhibitions: ["booting", "paused"],
        maxBytes: MEMORY_BYTES,
        merging: { on: true },
      });
      expect(listener.onConnection).toHaveBeenCalledExactlyOnceWith(true);
    });

    it("has the interval of its statistics put back at the end, and is left at another's", async () => {
      const path = await started();
      const first = machineOn(path).machine;
      await reached(first);
      await first.close();
      const client = await connected(path);
      const property = "guest-stats-polling-interval";
      expect(await qomGet(client, BALLOON_PATH, property)).toBe(0);
      await client.execute("qom-set", { path: BALLOON_PATH, property, value: 10 });
      await client.close();
      const second = machineOn(path).machine;
      await reached(second);
      await second.close();
      expect(await qomGet(await connected(path), BALLOON_PATH, property)).toBe(10);
    });

    it("has its merging switched off, and on again", async () => {
      const { machine } = machineOn(await started());
      await reached(machine);
      await machine.setMerging(false);
      expect((await reached(machine)).merging).toEqual({ on: false });
      await machine.setMerging(true);
      expect((await reached(machine)).merging).toEqual({ on: true });
    });

    it("takes a target, and refuses one without a device", async () => {
      const { machine } = machineOn(await started());
      await reached(machine);
      await machine.setTarget(MEMORY_BYTES / 2);
      expect((await reached(machine)).balloon).toMatchObject({ targetBytes: MEMORY_BYTES / 2 });
      const bare = machineOn(await started(false)).machine;
      expect((await reached(bare)).inhibitions).toEqual(["no-balloon-device", "paused"]);
      await expect(bare.setTarget(MEMORY_BYTES / 2)).rejects.toMatchObject({ errorClass: "DeviceNotActive" });
    });
  });
}
