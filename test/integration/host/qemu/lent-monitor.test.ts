import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { MonitorFacts } from "../../../../host/src/model/adapters.ts";
import { createGuestMonitor, type GuestMonitorOptions } from "../../../../host/src/qemu/guest-monitor.ts";
import type { MonitorSight } from "../../../../host/src/qmp/lease/sight.ts";
import { FAKE_MIB } from "../../../fakes/fake-guest-monitor.ts";
import { FakeQemu, type FakeQemuOptions } from "../../../fakes/fake-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** Limit for what must happen at some time, also on a busy machine. */
const PATIENCE_MS = 10_000;
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function setUp(fakeOptions: Partial<FakeQemuOptions> = {}, options: Partial<GuestMonitorOptions> = {}) {
  const fake = await FakeQemu.start({ path: join(socketFolder(), "qmp"), ...fakeOptions });
  onTestFinished(() => fake.close());
  const stage: { sight: MonitorSight } = { sight: { queue: { listener: "1", holders: 0, waiters: 0 } } };
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
    ...{ name: "web1", qmpPath: fake.path, clock, log: silentLog, listener },
    watch: async () => stage.sight,
    lookDeadlineMs: PATIENCE_MS,
    ...options,
  });
  onTestFinished(() => machine.close());
  /** Lets the time of a look pass and waits until what it saw holds. */
  const until = (holds: (facts: MonitorFacts) => boolean) => {
    clock.aheadMs += 5_000;
    return vi.waitUntil(async () => {
      const facts = await machine.observe();
      return holds(facts) && facts;
    }, PATIENCE_MS);
  };
  return { fake, stage, clock, listener, machine, until };
}

const isFree = (fake: FakeQemu) => vi.waitUntil(() => fake.clientCount === 0, PATIENCE_MS);

describe("a guest behind a monitor that is lent", () => {
  it("is observed and commanded as one with its own, and holds no connection in between", async () => {
    const { fake, machine, listener, until } = await setUp();
    expect(await machine.observe()).toMatchObject({
      balloon: { actualBytes: 512 * FAKE_MIB },
      stats: { totalBytes: 512 * FAKE_MIB },
      inhibitions: [],
    });
    await isFree(fake);
    await machine.setTarget(256 * FAKE_MIB);
    await isFree(fake);
    const { balloon } = await until((facts) => facts.balloon?.actualBytes === 256 * FAKE_MIB);
    expect(balloon?.targetBytes).toBe(256 * FAKE_MIB);
    expect(listener.onConnection).toHaveBeenCalledExactlyOnceWith(true);
    expect(machine.access).toEqual({ mode: "lease", worstWaitMs: expect.any(Number) });
  });

  it("asks at each look for what events would tell, in one connection", async () => {
    const { fake, machine, until } = await setUp();
    await machine.observe();
    const before = fake.commands.length;
    fake.machine.blockJobs.push("backup");
    await until(({ inhibitions }) => inhibitions.includes("backup"));
    expect(fake.commands.slice(before).map(({ name }) => name)).toEqual([
      "qmp_capabilities",
      "query-status",
      "query-migrate",
      "query-memory-size-summary",
      "query-balloon",
      "qom-get",
      "x-query-virtio-status",
      "query-block-jobs",
    ]);
  });

  it("is known to be reset by its driver that went, and a first size is not taken for one", async () => {
    const { fake, machine, listener, until } = await setUp();
    await machine.observe();
    expect(listener.onReset).not.toHaveBeenCalled();
    fake.reset();
    await until(({ inhibitions }) => inhibitions.includes("booting"));
    expect(listener.onReset).toHaveBeenCalledOnce();
    fake.machine.boot();
    await until(({ inhibitions }) => inhibitions.length === 0);
    expect(listener.onReset).toHaveBeenCalledOnce();
  });

  it("keeps what was seen for a while when the monitor is taken", async () => {
    const { fake, machine, stage, clock } = await setUp();
    const seen = await machine.observe();
    await isFree(fake);
    stage.sight = { queue: { listener: "1", holders: 1, waiters: 2 } };
    clock.aheadMs += 5_000;
    expect(await machine.observe()).toBe(seen);
    stage.sight = { queue: { listener: "1", holders: 0, waiters: 0 } };
  });

  it("is taken for booting, and not asked, in its QEMU's first seconds", async () => {
    const { fake, machine, stage } = await setUp({}, { lookDeadlineMs: 50, commandDeadlineMs: 50 });
    stage.sight = { queue: { listener: "1", holders: 0, waiters: 0 }, ageMs: 100 };
    expect(await machine.observe()).toEqual({ inhibitions: ["booting"] });
    expect(fake.connections).toBe(0);
  });

  it("is unreachable when its QEMU is gone, and another QEMU behind the path has no target yet", async () => {
    const { fake, machine, stage, listener, until } = await setUp();
    await machine.observe();
    await machine.setTarget(256 * FAKE_MIB);
    await fake.close();
    stage.sight = { queue: { holders: 0, waiters: 0 } };
    const gone = await until(({ inhibitions }) => inhibitions.includes("unreachable"));
    expect(gone.problem).toMatch(/there is no such socket/);
    const next = await FakeQemu.start({ path: fake.path });
    onTestFinished(() => next.close());
    stage.sight = { queue: { listener: "2", holders: 0, waiters: 0 } };
    const { balloon } = await until(({ inhibitions }) => inhibitions.length === 0);
    expect(balloon).toEqual({ actualBytes: 512 * FAKE_MIB, observedAtMs: expect.any(Number) });
    expect(listener.onConnection.mock.calls.map(([connected]) => connected)).toEqual([true, false, true]);
  });
});
