import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { MonitorFacts } from "../../../../host/src/model/adapters.ts";
import {
  createGuestMonitor,
  type GuestMonitorOptions,
  type Machine,
  type ProcessBacking,
} from "../../../../host/src/qemu/guest-monitor.ts";
import { FAKE_MIB } from "../../../fakes/fake-guest-monitor.ts";
import { FakeQemu, type FakeQemuOptions } from "../../../fakes/fake-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** Limit for what must happen at some time, also on a busy machine. */
const PATIENCE_MS = 10_000;
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function startFake(options: Partial<FakeQemuOptions> = {}) {
  const fake = await FakeQemu.start({ path: join(socketFolder(), "qmp"), ...options });
  onTestFinished(() => fake.close());
  return fake;
}

function watch(qmpPath: string, options: Partial<GuestMonitorOptions> = {}) {
  const clock = {
    aheadMs: 0,
    nowMs: () => performance.now() + clock.aheadMs,
    wallMs: () => Date.now() + clock.aheadMs,
  };
  const listener = {
    onBalloonChange: vi.fn(),
    onReset: vi.fn(),
    onMemoryDoubted: vi.fn(),
    onConnection: vi.fn(),
  };
  const machine = createGuestMonitor({
    name: "web1",
    qmpPath,
    clock,
    log: silentLog,
    listener,
    lookDeadlineMs: PATIENCE_MS,
    ...options,
  });
  onTestFinished(() => machine.close());
  return { machine, listener, clock };
}

async function setUp(fakeOptions: Partial<FakeQemuOptions> = {}, options: Partial<GuestMonitorOptions> = {}) {
  const fake = await startFake(fakeOptions);
  return { fake, ...watch(fake.path, options) };
}

/** As the kernel tells of QEMU's process. */
function backed(backing: Partial<ProcessBacking>): Partial<GuestMonitorOptions> {
  return { backing: async () => ({ lockedBytes: 0, hugetlbBytes: 0, ...backing }) };
}

async function until(observe: () => Promise<MonitorFacts>, holds: (facts: MonitorFacts) => boolean) {
  return vi.waitUntil(async () => {
    const facts = await observe();
    return holds(facts) && facts;
  }, PATIENCE_MS);
}

describe("observing a guest", () => {
  it("gives balloon, statistics and full size", async () => {
    const { machine, listener, clock } = await setUp({ usedBytes: 100 * FAKE_MIB });
    const facts = await machine.observe();
    expect(facts).toEqual({
      balloon: { actualBytes: 512 * FAKE_MIB, observedAtMs: expect.any(Number) },
      stats: {
        totalBytes: 512 * FAKE_MIB,
        freeBytes: 412 * FAKE_MIB,
        availableBytes: 412 * FAKE_MIB,
        updatedAtMs: expect.any(Number),
      },
      inhibitions: [],
      maxBytes: 512 * FAKE_MIB,
      merging: { on: true },
    });
    expect(clock.nowMs() - (facts.stats?.updatedAtMs ?? 0)).toBeLessThan(5_000);
    expect(listener.onConnection).toHaveBeenCalledExactlyOnceWith(true);
  });

  it("queries what rarely changes again after a minute, the first time at an instant of its own in that minute", async () => {
    const isSurveyed = async ({ fake, machine }: { fake: FakeQemu; machine: Machine }) => {
      const before = fake.commands.length;
      await machine.observe();
      return fake.commands.slice(before).some(({ name }) => name === "qom-list");
    };
    const early = await setUp({}, { random: () => 0 });
    const late = await setUp({}, { random: () => 1 });
    const after = async (seconds: number) => {
      for (const { clock } of [early, late]) clock.aheadMs += seconds * 1_000;
      return [await isSurveyed(early), await isSurveyed(late)];
    };
    await Promise.all([early.machine.observe(), late.machine.observe()]);
    expect(await after(20)).toEqual([true, false]);
    expect(await after(41)).toEqual([false, true]);
    expect(await after(20)).toEqual([true, false]);
  });

  it("asks nothing while what it saw is new enough and nothing has happened since", async () => {
    const { fake, machine, clock } = await setUp();
    const seen = await machine.observe();
    const asked = fake.commands.length;
    expect(await machine.observe({ mostAgeMs: 1_900 })).toBe(seen);
    expect(fake.commands.length).toBe(asked);
    clock.aheadMs += 1_900;
    await machine.observe({ mostAgeMs: 1_900 });
    expect(fake.commands.length).toBeGreaterThan(asked);
  });

  it.each<[string, (fake: FakeQemu, machine: Machine) => unknown]>([
    ["QEMU has sent an event", (fake) => fake.emit("STOP")],
    ["its balloon was commanded", (_, machine) => machine.setTarget(300 * FAKE_MIB)],
    ["its merging was switched", (_, machine) => machine.setMerging(false)],
    ["the connection was lost", (fake) => fake.hangUp()],
  ])("asks again when %s, however new what it saw is", async (_, happen) => {
    const { fake, machine } = await setUp();
    const seen = await machine.observe();
    await happen(fake, machine);
    const facts = await until(
      () => machine.observe({ mostAgeMs: PATIENCE_MS }),
      (now) => now !== seen,
    );
    expect(facts).not.toBe(seen);
  });

  it("asks again when it may change what it may not before", async () => {
    const { fake, machine } = await setUp();
    await machine.observe({ readOnly: true });
    const asked = fake.commands.length;
    await machine.observe({ mostAgeMs: PATIENCE_MS });
    expect(fake.commands.length).toBeGreaterThan(asked);
  });

  it("queries what rarely changes only once", async () => {
    const { fake, machine, clock } = await setUp();
    await machine.observe();
    const before = fake.commands.length;
    await machine.observe();
    expect(fake.commands.slice(before).map(({ name }) => name)).toEqual([
      "query-status",
      "query-migrate",
      "query-memory-size-summary",
      "query-balloon",
      "qom-get",
    ]);
    fake.machine.addObject("/machine/peripheral/gpu", "vfio-pci");
    clock.aheadMs += 61_000;
    expect((await machine.observe()).inhibitions).toEqual(["vfio"]);
  });

  it("switches statistics on where they are off, and leaves another's interval alone", async () => {
    const off = await setUp({ pollingSeconds: 0 });
    await off.machine.observe();
    expect(off.fake.machine.pollingSeconds).toBe(2);
    const slow = await setUp({ pollingSeconds: 10 });
    await slow.machine.observe();
    expect(slow.fake.machine.pollingSeconds).toBe(10);
  });

  it("drops statistics that have stopped moving", async () => {
    const { fake, machine, clock } = await setUp();
    await machine.observe();
    fake.machine.statsFrozen = true;
    expect((await machine.observe()).stats).toBeDefined();
    clock.aheadMs += 8_000;
    const facts = await machine.observe();
    expect(facts.stats).toBeUndefined();
    expect(facts.balloon).toBeDefined();
  });

  it("says that a guest has no balloon device", async () => {
    const { machine } = await setUp({ balloonDevice: false });
    expect(await machine.observe()).toMatchObject({
      ...{ inhibitions: ["no-balloon-device"], maxBytes: 512 * FAKE_MIB },
    });
  });

  it("takes a guest without driver for booting, and for driverless after the boot window", async () => {
    const { machine, clock } = await setUp({ driverPresent: false });
    expect((await machine.observe()).inhibitions).toEqual(["booting"]);
    clock.aheadMs += 121_000;
    const facts = await machine.observe();
    expect(facts.inhibitions).toEqual(["no-balloon-driver"]);
    expect(facts.stats).toBeUndefined();
  });

  it("knows huge pages by memfd and by hugetlbfs", async () => {
    const memfd = await startFake();
    memfd.machine.addObject("/objects/ram1", "memory-backend-memfd", { hugetlb: true });
    expect((await watch(memfd.path).machine.observe()).inhibitions).toEqual(["hugepages"]);
    const file = await startFake();
    file.machine.addObject("/objects/ram1", "memory-backend-file", { "mem-path": "/dev/hugepages/web1" });
    const isHugetlbfs = async (path: string) => path.startsWith("/dev/hugepages");
    expect((await watch(file.path, { isHugetlbfs }).machine.observe()).inhibitions).toEqual(["hugepages"]);
  });

  it("knows huge pages by the process, however its memory was made", async () => {
    const { machine } = await setUp({}, backed({ hugetlbBytes: 2 * FAKE_MIB }));
    expect((await machine.observe()).inhibitions).toEqual(["hugepages"]);
  });

  it("knows a network back end that pins memory, and not an ordinary one", async () => {
    const { fake, machine, clock } = await setUp();
    fake.machine.networkTypes.push("tap");
    expect((await machine.observe()).inhibitions).toEqual([]);
    fake.machine.networkTypes.push("vhost-vdpa");
    clock.aheadMs += 61_000;
    expect((await machine.observe()).inhibitions).toEqual(["vfio"]);
  });

  it("knows locked memory by the process, and by memory encryption", async () => {
    const locked = await setUp({}, backed({ lockedBytes: 600 * FAKE_MIB }));
    expect((await locked.machine.observe()).inhibitions).toEqual(["locked-memory"]);
    const buffers = await setUp({}, backed({ lockedBytes: 8 * FAKE_MIB }));
    expect((await buffers.machine.observe()).inhibitions).toEqual([]);
    const sev = await startFake();
    sev.machine.addObject("/machine", "pc-machine", { "confidential-guest-support": "/objects/sev0" });
    expect((await watch(sev.path).machine.observe()).inhibitions).toEqual(["locked-memory"]);
  });

  it("sees a backup come and go by its events, and takes no other job for one", async () => {
    const { fake, machine } = await setUp();
    await machine.observe();
    fake.machine.blockJobs.push("mirror", "backup");
    fake.emit("JOB_STATUS_CHANGE", { id: "backup", status: "running" });
    await until(machine.observe.bind(machine), ({ inhibitions }) => inhibitions.includes("backup"));
    fake.machine.blockJobs.pop();
    fake.emit("JOB_STATUS_CHANGE", { id: "backup", status: "null" });
    await until(machine.observe.bind(machine), ({ inhibitions }) => inhibitions.length === 0);
  });

  it("sees pauses, migrations and snapshots come and go", async () => {
    const { fake, machine } = await setUp();
    fake.machine.runStatus = "paused";
    expect((await machine.observe()).inhibitions).toEqual(["paused"]);
    fake.machine.runStatus = "running";
    fake.machine.migration = "active";
    expect((await machine.observe()).inhibitions).toEqual(["migrating"]);
    fake.machine.migrationCapabilities.add("background-snapshot");
    expect((await machine.observe()).inhibitions).toEqual(["background-snapshot"]);
    fake.machine.migration = "completed";
    expect((await machine.observe()).inhibitions).toEqual([]);
  });
});

describe("commanding the balloon", () => {
  it("reaches QEMU and is remembered as the target", async () => {
    const { fake, machine, listener } = await setUp();
    await machine.observe();
    const onWritten = vi.fn();
    await machine.setTarget(256 * FAKE_MIB, { onWritten });
    expect(onWritten).toHaveBeenCalledOnce();
    expect(fake.machine.targetBytes).toBe(256 * FAKE_MIB);
    expect((await machine.observe()).balloon).toMatchObject({
      actualBytes: 256 * FAKE_MIB,
      targetBytes: 256 * FAKE_MIB,
    });
    expect(listener.onBalloonChange).toHaveBeenCalledExactlyOnceWith(256 * FAKE_MIB);
  });

  it("is shown moving where the balloon is slow", async () => {
    const { machine } = await setUp({ balloonBytesPerSecond: 1024 * FAKE_MIB });
    await machine.observe();
    await machine.setTarget(256 * FAKE_MIB);
    const moving = await until(
      machine.observe.bind(machine),
      ({ balloon }) => balloon?.actualBytes !== 512 * FAKE_MIB,
    );
    expect(moving.balloon?.targetBytes).toBe(256 * FAKE_MIB);
    await until(machine.observe.bind(machine), ({ balloon }) => balloon?.actualBytes === 256 * FAKE_MIB);
  });

  it("is refused with a typed error when there is no device or no connection", async () => {
    const { fake, machine } = await setUp({ balloonDevice: false });
    await machine.observe();
    await expect(machine.setTarget(1)).rejects.toMatchObject({
      code: "QMP_COMMAND",
      errorClass: "DeviceNotActive",
    });
    await fake.close();
    await vi.waitFor(
      () => expect(machine.setTarget(1)).rejects.toMatchObject({ code: "QMP_STATE" }),
      PATIENCE_MS,
    );
  });
});

describe("memory that is plugged and unplugged", () => {
  const DIMM = { kind: "dimm", sizeBytes: 256 * FAKE_MIB };

  it("is noticed at the next observation, and what the balloon was sent to moves with it", async () => {
    const { fake, machine } = await setUp();
    await machine.observe();
    await machine.setTarget(400 * FAKE_MIB);
    fake.machine.plug("dimm1", DIMM);
    expect(await machine.observe()).toMatchObject({
      balloon: { actualBytes: 656 * FAKE_MIB, targetBytes: 656 * FAKE_MIB },
      maxBytes: 768 * FAKE_MIB,
      inhibitions: ["memory-hotplug"],
    });
    fake.machine.unplug("dimm1");
    expect(await machine.observe()).toMatchObject({
      balloon: { actualBytes: 400 * FAKE_MIB, targetBytes: 400 * FAKE_MIB },
      maxBytes: 512 * FAKE_MIB,
    });
  });

  it("lets the balloon rest, and statistics of before count no more", async () => {
    const { fake, machine, clock } = await setUp();
    await machine.observe();
    fake.machine.statsFrozen = true;
    fake.machine.plug("dimm1", DIMM);
    expect((await machine.observe()).stats).toBeUndefined();
    fake.machine.statsFrozen = false;
    clock.aheadMs += 9_000;
    expect((await machine.observe()).inhibitions).toEqual(["memory-hotplug"]);
    clock.aheadMs += 2_000;
    expect((await machine.observe()).inhibitions).toEqual([]);
    await until(machine.observe.bind(machine), ({ stats }) => stats !== undefined);
  });

  it("is no sign of a driver", async () => {
    const { fake, machine, clock } = await setUp({ driverPresent: false });
    await machine.observe();
    fake.machine.plug("dimm1", DIMM);
    expect((await machine.observe()).inhibitions).toEqual(["booting", "memory-hotplug"]);
    clock.aheadMs += 121_000;
    expect((await machine.observe()).inhibitions).toEqual(["no-balloon-driver"]);
  });

  it.each(["nvdimm", "virtio-pmem"])("does not count as the balloon's where it is %s", async (kind) => {
    const { fake, machine } = await setUp();
    fake.machine.plug("mem1", { kind, sizeBytes: 256 * FAKE_MIB });
    expect(await machine.observe()).toMatchObject({
      balloon: { actualBytes: 512 * FAKE_MIB },
      maxBytes: 512 * FAKE_MIB,
      uncountedBytes: 256 * FAKE_MIB,
      inhibitions: [],
    });
  });

  it("is left to virtio-mem where there is such a device", async () => {
    const { fake, machine } = await setUp();
    fake.machine.plug("mem1", { kind: "virtio-mem", sizeBytes: 128 * FAKE_MIB });
    expect(await machine.observe()).toMatchObject({
      maxBytes: 512 * FAKE_MIB,
      uncountedBytes: 128 * FAKE_MIB,
      inhibitions: ["virtio-mem"],
    });
  });

  it.each([
    ["MEMORY_DEVICE_SIZE_CHANGE", { id: "mem1", size: 0 }],
    ["DEVICE_DELETED", { device: "dimm1" }],
    ["ACPI_DEVICE_OST", { info: { slot: "0", "slot-type": "DIMM", source: 1, status: 0 } }],
  ])("is told of at the event %s", async (event, data) => {
    const { fake, machine, listener } = await setUp();
    await machine.observe();
    fake.emit("ACPI_DEVICE_OST", { info: { slot: "0", "slot-type": "CPU", source: 1, status: 0 } });
    fake.emit(event, data);
    await vi.waitFor(() => expect(listener.onMemoryDoubted).toHaveBeenCalledOnce(), PATIENCE_MS);
  });

  it("makes a balloon event no wonder that is above the size of before", async () => {
    const { fake, machine, listener } = await setUp();
    await machine.observe();
    fake.machine.plug("dimm1", DIMM);
    fake.machine.moveTo(700 * FAKE_MIB);
    await vi.waitFor(() => expect(listener.onMemoryDoubted).toHaveBeenCalledOnce(), PATIENCE_MS);
    expect(listener.onBalloonChange).not.toHaveBeenCalled();
    expect((await machine.observe()).balloon?.actualBytes).toBe(700 * FAKE_MIB);
  });
});

describe("a balloon above the guest's size", () => {
  it("is not believed, and said in words", async () => {
    const { fake, machine } = await setUp();
    await machine.observe();
    fake.machine.moveTo(1985 * FAKE_MIB);
    const facts = await machine.observe();
    expect(facts).toEqual({
      inhibitions: ["unreachable"],
      problem: expect.stringMatching(/tells a balloon size of 1985 MiB for a guest of 512 MiB/),
    });
    fake.machine.moveTo(512 * FAKE_MIB);
    expect((await machine.observe()).balloon?.actualBytes).toBe(512 * FAKE_MIB);
  });
});

describe("a guest that reboots", () => {
  it("is booting until its driver answers, and its old statistics are dropped", async () => {
    const { fake, machine, listener } = await setUp();
    await machine.observe();
    await machine.setTarget(256 * FAKE_MIB);
    await machine.observe();
    fake.reset();
    await vi.waitUntil(() => listener.onReset.mock.calls.length === 1, PATIENCE_MS);
    const booting = await machine.observe();
    expect(booting.inhibitions).toEqual(["booting"]);
    expect(booting.stats).toBeUndefined();
    fake.machine.boot();
    const booted = await until(machine.observe.bind(machine), ({ stats }) => stats !== undefined);
    expect(booted.inhibitions).toEqual([]);
  });
});

describe("a QEMU that cannot be queried", () => {
  it("is a problem in words when the socket is missing, and found once it appears", async () => {
    const path = join(socketFolder(), "qmp");
    const { machine, listener } = watch(path);
    const facts = await machine.observe();
    expect(facts).toEqual({
      inhibitions: ["unreachable"],
      problem: expect.stringContaining("there is no such socket"),
    });
    const fake = await FakeQemu.start({ path });
    onTestFinished(() => fake.close());
    await until(machine.observe.bind(machine), ({ balloon }) => balloon !== undefined);
    expect(listener.onConnection.mock.calls).toEqual([[false, facts.problem], [true]]);
  });

  it("waits on in the queue of a held monitor, and is connected the moment it is free", async () => {
    const { fake, machine, listener } = await setUp({ mode: "busy" }, { greetingDeadlineMs: 20 });
    expect((await machine.observe()).problem).toMatch(/another program holds this monitor/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    fake.greetLate();
    await until(machine.observe.bind(machine), ({ inhibitions }) => inhibitions.length === 0);
    expect(fake.connections).toBe(1);
    expect(listener.onConnection.mock.calls.map(([connected]) => connected)).toEqual([false, true]);
  });

  it("is a problem in words when another client holds the monitor", async () => {
    const { machine } = await setUp({ mode: "busy" }, { greetingDeadlineMs: 50 });
    expect((await machine.observe()).problem).toMatch(/another program holds this monitor/);
  });

  it("is a problem in words when it sends nonsense", async () => {
    const { machine } = await setUp({ mode: "nonsense" });
    expect((await machine.observe()).problem).toMatch(
      /does not speak QMP: text that is no JSON object: "login:/,
    );
  });

  it("is a problem in words when it stops answering; no commands pile up, and it recovers", async () => {
    const { fake, machine } = await setUp({}, { lookDeadlineMs: 50 });
    await until(machine.observe.bind(machine), ({ balloon }) => balloon !== undefined);
    fake.setMode("silent");
    expect(await machine.observe()).toMatchObject({
      inhibitions: ["unreachable"],
      // All that it was asked in one write runs out of time at once.
      problem: expect.stringMatching(/did not answer (query-status|qom-get) within 50 ms/),
    });
    const asked = fake.commands.length;
    expect((await machine.observe()).problem).toMatch(/owes an answer/);
    expect(fake.commands).toHaveLength(asked);
    fake.setMode("normal");
    await until(machine.observe.bind(machine), ({ balloon }) => balloon !== undefined);
  });

  it.each(["garbled", "oversized", "cut"] as const)(
    "is told when an answer is %s, and connected anew",
    async (mode) => {
      const { fake, machine } = await setUp();
      await machine.observe();
      fake.setMode(mode);
      expect((await machine.observe()).inhibitions).toEqual(["unreachable"]);
      fake.setMode("normal");
      await until(machine.observe.bind(machine), ({ balloon }) => balloon !== undefined);
    },
  );

  it("forgets its target when it comes back, for it may be another QEMU", async () => {
    const { fake, machine, listener } = await setUp();
    await machine.observe();
    await machine.setTarget(256 * FAKE_MIB);
    fake.hangUp();
    await vi.waitUntil(() => listener.onConnection.mock.calls.length === 3, PATIENCE_MS);
    expect(listener.onConnection.mock.calls.map(([connected]) => connected)).toEqual([true, false, true]);
    expect((await machine.observe()).balloon).toEqual({
      actualBytes: 256 * FAKE_MIB,
      observedAtMs: expect.any(Number),
    });
  });

  it("does not disturb the others", async () => {
    const good = await setUp();
    const bad = await setUp({ mode: "garbled" }, { lookDeadlineMs: 50 });
    const [goodFacts, badFacts] = await Promise.all([good.machine.observe(), bad.machine.observe()]);
    expect(goodFacts.inhibitions).toEqual([]);
    expect(badFacts.inhibitions).toEqual(["unreachable"]);
  });
});

describe("closing", () => {
  it("ends while the socket is missing, and observing goes on to say so", async () => {
    const { machine } = watch(join(socketFolder(), "none"));
    await machine.observe();
    await machine.close();
    expect(await machine.observe()).toMatchObject({ inhibitions: ["unreachable"] });
  });
});
