import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { addressOf } from "../../../../host/src/libvirt/address.ts";
import { LibvirtUnsupportedError } from "../../../../host/src/libvirt/rpc/errors.ts";
import * as wire from "../../../../host/src/libvirt/rpc/wire.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";
import { type FakeDomain, FakeLibvirtd } from "../../../fakes/fake-libvirtd.ts";
import { libvirtScene, until } from "../../../fakes/libvirt-scene.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const UUID = "787781d3-7078-4523-8475-72dabe5f25ae";
/** Procedures of events. */
const EVENTS = { lifecycle: 318, reboot: 319, balloon: 331, deviceAdded: 354, metadata: 379 };
const STARTED = 2;

async function startFake(folder = socketFolder()) {
  const address = addressOf({ scope: "session" }, { runtime: folder, config: folder });
  const path = join(folder, "sock");
  const fake = await FakeLibvirtd.start(path);
  onTestFinished(() => fake.close().catch(() => undefined));
  return { fake, address: { ...address, socketPaths: [join(folder, "gone"), path] } };
}

async function startWithDomain(xml = domainXml()) {
  const { fake, address } = await startFake();
  return { fake, address, domain: fake.addDomain("web1", 3, xml, xml) };
}

async function setUp(xml = domainXml(), callDeadlineMs?: number) {
  const { fake, address, domain } = await startWithDomain(xml);
  const scene = libvirtScene(address, callDeadlineMs);
  const { monitor, listener } = scene.monitorOf({ name: "web1", domainUuid: UUID }, callDeadlineMs);
  return { fake, domain, ...scene, monitor, listener };
}

/** The driver answers now. */
function answers({ stats }: FakeDomain, aheadMs = 0) {
  Object.assign(stats, {
    "balloon.last-update": Math.floor((Date.now() + aheadMs) / 1000),
    "balloon.unused": 100 * 1024,
    "balloon.usable": 200 * 1024,
  });
}

const rebootOf = ({ ref }: FakeDomain) => ({ callbackId: 0, domain: ref });

describe("the monitor of a libvirt domain", () => {
  it("tells the balloon, the driver's statistics and the size", async () => {
    const { domain, monitor } = await setUp();
    domain.currentKib = 300 * 1024;
    answers(domain);
    const facts = await monitor.observe();
    expect(facts).toMatchObject({
      balloon: { actualBytes: 300 * MIB },
      stats: { freeBytes: 100 * MIB, availableBytes: 200 * MIB },
      maxBytes: 512 * MIB,
      merging: { on: true, isFixed: true },
    });
    expect(facts.inhibitions).toEqual([]);
  });

  it("costs libvirtd two calls a look at rest, whatever tools do beside", async () => {
    const { fake, domain, monitor } = await setUp();
    answers(domain);
    await monitor.observe();
    const asked = fake.called.length;
    for (let n = 0; n < 5; n++) await monitor.observe();
    expect(fake.called.slice(asked)).toEqual(Array.from({ length: 5 }, () => [344, 298]).flat());
  });

  it("is connected from the start where libvirt was connected before it", async () => {
    const { monitor, monitorOf } = await setUp();
    await monitor.observe();
    const { listener } = monitorOf({ name: "web1", domainUuid: UUID });
    expect(listener.onConnection).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(listener.onConnection.mock.calls).toEqual([[true]]);
  });

  it("commands a target in whole KiB and remembers it", async () => {
    const { domain, monitor } = await setUp();
    await monitor.observe();
    await monitor.setTarget(300 * MIB + 100);
    expect(domain.targets).toEqual([300 * 1024]);
    expect((await monitor.observe()).balloon?.targetBytes).toBe(300 * MIB + 100);
  });

  it("asks for the size that QEMU tells while the balloon may move: libvirt knows that of a second ago", async () => {
    const { domain, monitor, clock } = await setUp();
    domain.actualKib = 400 * 1024;
    expect((await monitor.observe()).balloon?.actualBytes).toBe(512 * MIB);
    await monitor.setTarget(300 * MIB);
    expect((await monitor.observe()).balloon?.actualBytes).toBe(400 * MIB);
    domain.currentKib = 300 * 1024;
    expect((await monitor.observe()).balloon?.actualBytes).toBe(400 * MIB);
    clock.aheadMs = 5_000;
    expect((await monitor.observe()).balloon?.actualBytes).toBe(300 * MIB);
  });

  it("rejects a target that libvirt refuses, and does not remember it", async () => {
    const { monitor } = await setUp();
    await monitor.observe();
    await expect(monitor.setTarget(513 * MIB)).rejects.toMatchObject({ code: "LIBVIRT_REFUSED" });
    expect((await monitor.observe()).balloon).not.toHaveProperty("targetBytes");
  });

  it("sets the period of statistics only where none is set, and puts it back at the end", async () => {
    const { domain, monitor } = await setUp();
    await monitor.observe();
    expect(domain.periodSeconds).toBe(2);
    await monitor.close();
    expect(domain.periodSeconds).toBe(0);
  });

  it("leaves an admin's period alone", async () => {
    const { domain, monitor } = await setUp();
    domain.periodSeconds = 10;
    await monitor.observe();
    await monitor.close();
    expect(domain.periodSeconds).toBe(10);
  });

  it("sets no period while nothing may be changed, and puts back what it had set", async () => {
    const { domain, monitor } = await setUp();
    await monitor.observe({ readOnly: true });
    expect(domain.periodSeconds).toBe(0);
    await monitor.observe();
    await monitor.observe({ readOnly: true });
    expect(domain.periodSeconds).toBe(0);
  });

  it("sets the period anew in a QEMU that was started anew", async () => {
    const { fake, domain, monitor, listener } = await setUp();
    await monitor.observe();
    domain.periodSeconds = 0;
    fake.setState(domain, [1, 1], STARTED);
    await vi.waitUntil(() => listener.onReset.mock.calls.length > 0);
    await monitor.observe();
    expect(domain.periodSeconds).toBe(2);
  });

  it("does not believe what libvirt goes on telling after a reset, until the driver is back", async () => {
    const { fake, domain, monitor, listener, clock } = await setUp();
    domain.currentKib = 300 * 1024;
    answers(domain);
    await monitor.observe();
    for (let i = 0; i < 3; i++) fake.tell(EVENTS.reboot, wire.rebootEvent, rebootOf(domain));
    await vi.waitUntil(() => listener.onReset.mock.calls.length > 0);
    const booting = await monitor.observe();
    expect(booting.balloon?.actualBytes).toBe(512 * MIB);
    expect(booting.stats).toBeUndefined();
    expect(booting.inhibitions).toEqual(["booting"]);
    clock.aheadMs = 4_000;
    answers(domain, clock.aheadMs);
    domain.currentKib = 310 * 1024;
    const back = await monitor.observe();
    expect(back).toMatchObject({ balloon: { actualBytes: 310 * MIB }, stats: { freeBytes: 100 * MIB } });
    expect(back.inhibitions).toEqual([]);
    expect(listener.onReset).toHaveBeenCalledTimes(1);
  });

  it("tells of a balloon that moved", async () => {
    const { fake, domain, monitor, listener } = await setUp();
    await monitor.observe();
    const event = { callbackId: 0, domain: domain.ref, actual: BigInt(200 * 1024) };
    fake.tell(EVENTS.balloon, wire.balloonEvent, event);
    await vi.waitUntil(() => listener.onBalloonChange.mock.calls.length > 0);
    expect(listener.onBalloonChange).toHaveBeenCalledWith(200 * MIB);
  });

  it("takes no notice of another domain's events, and of events that it does not know", async () => {
    const { fake, domain, monitor, listener } = await setUp();
    await monitor.observe();
    const other = { ...domain.ref, uuid: new Uint8Array(16) };
    fake.tell(EVENTS.reboot, wire.rebootEvent, { callbackId: 0, domain: other });
    fake.tellBytes(400, new Uint8Array(8));
    fake.tell(EVENTS.balloon, wire.balloonEvent, { callbackId: 0, domain: domain.ref, actual: 1024n });
    await vi.waitUntil(() => listener.onBalloonChange.mock.calls.length > 0);
    expect(listener.onReset).not.toHaveBeenCalled();
  });

  it.each(["memdimm0", "dimm0"])(
    "doubts the memory when a memory device comes or goes (%s), and no other device",
    async (device) => {
      const { fake, domain, monitor, listener } = await setUp();
      await monitor.observe();
      for (const alias of ["net1", device])
        fake.tell(EVENTS.deviceAdded, wire.deviceEvent, {
          callbackId: 0,
          domain: domain.ref,
          alias: wire.bytesOf(alias),
        });
      await vi.waitUntil(() => listener.onMemoryDoubted.mock.calls.length > 0);
      expect(listener.onMemoryDoubted).toHaveBeenCalledTimes(1);
    },
  );

  it("sees plugged memory, and rests for a while", async () => {
    const { domain, monitor, clock } = await setUp();
    await monitor.observe();
    domain.maximumKib += 128 * 1024;
    const facts = await monitor.observe();
    expect(facts.maxBytes).toBe(640 * MIB);
    expect(facts.inhibitions).toContain("memory-hotplug");
    clock.aheadMs = 11_000;
    expect((await monitor.observe()).inhibitions).not.toContain("memory-hotplug");
  });

  it.each([
    [{ state: [3, 1] as const }, ["paused"]],
    [{ job: 5 }, ["migrating"]],
    [{ job: 4 }, ["migrating"]],
    [{ job: 9 }, ["backup"]],
  ])("names what stands against inflation: %o", async (change, expected) => {
    const { domain, monitor } = await setUp();
    answers(domain);
    Object.assign(domain, change);
    expect((await monitor.observe()).inhibitions).toEqual(expected);
  });

  it("asks for no job while another program's call uses QEMU: what was known of it holds on", async () => {
    const { fake, domain, monitor } = await setUp();
    answers(domain);
    domain.job = 9;
    expect((await monitor.observe()).inhibitions).toEqual(["backup"]);
    delete domain.stats["balloon.rss"];
    const JOB = 298;
    const asked = fake.called.filter((one) => one === JOB).length;
    expect((await monitor.observe()).inhibitions).toContain("backup");
    expect(fake.called.filter((one) => one === JOB)).toHaveLength(asked);
  });

  it("is unreachable where libvirt owes an answer, and asks no more until it comes", async () => {
    const { fake, monitor } = await setUp(domainXml(), 50);
    const STATS = 344;
    fake.swallows = (procedure) => procedure === STATS;
    expect(await monitor.observe()).toMatchObject({
      inhibitions: ["unreachable"],
      problem: /did not answer/,
    });
    const asked = fake.called.length;
    expect(await monitor.observe()).toMatchObject({ problem: /QEMU hangs/ });
    expect(fake.called).toHaveLength(asked);
  });

  it.each(["T", "t"])(
    "asks libvirt nothing while its QEMU is stopped (state %s), and goes on after it",
    async (state) => {
      const { fake, domain, address } = await startWithDomain();
      const scene = libvirtScene(address);
      let mainThread = "S";
      const { monitor } = scene.monitorOf({ name: "web1", domainUuid: UUID }, undefined, () => mainThread);
      await monitor.observe();
      const asked = fake.called.length;
      mainThread = state;
      expect(await monitor.observe()).toMatchObject({ inhibitions: ["unreachable"], problem: /is stopped/ });
      await expect(monitor.setTarget(1024)).rejects.toMatchObject({ code: "LIBVIRT_STOPPED" });
      expect(fake.called).toHaveLength(asked);
      mainThread = "S";
      await monitor.setTarget(1024);
      expect(domain.targets).toEqual([1]);
    },
  );

  it("is unreachable where the XML makes no sense", async () => {
    const { domain, monitor } = await setUp();
    domain.liveXml = "<domain>";
    expect(await monitor.observe()).toMatchObject({
      inhibitions: ["unreachable"],
      problem: /cannot be parsed/,
    });
  });

  it("is unreachable while the domain does not run", async () => {
    const { domain, monitor } = await setUp();
    domain.state = [5, 1];
    expect(await monitor.observe()).toMatchObject({ problem: /does not run/ });
  });

  it("cannot switch merging, and says what can be done", async () => {
    const { monitor } = await setUp();
    await expect(monitor.setMerging(false)).rejects.toThrow(LibvirtUnsupportedError);
  });

  it("goes on when libvirtd is back, and tells of both", async () => {
    const folder = socketFolder();
    const { fake, address } = await startFake(folder);
    fake.addDomain("web1", 3, domainXml(), domainXml());
    const { monitorOf } = libvirtScene(address);
    const { monitor, listener } = monitorOf({ name: "web1", domainUuid: UUID });
    await until(
      () => monitor.observe(),
      ({ maxBytes }) => maxBytes !== undefined,
    );
    await fake.close();
    await until(
      () => monitor.observe(),
      ({ problem }) => /libvirt/.test(problem ?? ""),
    );
    const again = await startFake(folder);
    again.fake.addDomain("web1", 3, domainXml(), domainXml());
    const facts = await until(
      () => monitor.observe(),
      ({ balloon }) => balloon !== undefined,
    );
    expect(facts.balloon).not.toHaveProperty("targetBytes");
    expect(listener.onConnection).toHaveBeenCalledWith(false, expect.stringMatching(/libvirt/));
    expect(listener.onConnection).toHaveBeenLastCalledWith(true);
  });

  it("is reached through the other socket where the first one is left behind", async () => {
    const folder = socketFolder();
    const { fake, address } = await startFake(folder);
    fake.addDomain("web1", 3, domainXml(), domainXml());
    // Nothing listens on it.
    writeFileSync(join(folder, "gone"), "");
    const { monitorOf } = libvirtScene(address);
    const { monitor } = monitorOf({ name: "web1", domainUuid: UUID });
    const { maxBytes } = await until(
      () => monitor.observe(),
      ({ balloon }) => balloon !== undefined,
    );
    expect(maxBytes).toBe(512 * MIB);
  });

  it("ends at once while it is being connected", async () => {
    const { connection } = await setUp();
    await connection.close();
    expect(connection.problem).toBe("closed");
  });
});
