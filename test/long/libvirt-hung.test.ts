/** Real QEMUs of a real libvirtd that hang: they hold up no other domain, and no other program that uses libvirt. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import * as domains from "../../host/src/libvirt/rpc/domains.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { libvirtScene, PATIENCE_MS, until } from "../fakes/libvirt-scene.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";

const missing = whyNoLibvirtd();
/** More than one connection has places, and than two have. */
const HUNG = 9;
const NAMES = Array.from({ length: HUNG + 1 }, (_, n) => `vm${n}`);
const DEADLINE_MS = 300;

describe.skipIf(missing !== undefined)(`nine of ten QEMUs hang (${missing ?? "real libvirtd"})`, () => {
  let libvirtd: RealLibvirtd;
  beforeAll(async () => {
    libvirtd = await RealLibvirtd.start();
    for (const name of NAMES) {
      await libvirtd.define(smallDomainXml(name, { memoryMib: 32, startMib: 32 }));
      await libvirtd.virsh("start", name, "--paused");
    }
  });
  afterAll(() => libvirtd.end());

  const signal = (name: string, what: NodeJS.Signals) => process.kill(libvirtd.processOf(name), what);

  it("and the tenth is looked at and driven, and virsh served, until they go on", async () => {
    const { connection, inventory, monitorOf } = libvirtScene(libvirtd.address, 3_000);
    const { entries } = await inventory.list();
    const monitors = entries.map((entry) => monitorOf(entry, DEADLINE_MS).monitor);
    const well = monitorOf(entries[0] ?? { name: "vm0" });
    const isSeen = (monitor: (typeof monitors)[number]) =>
      until(
        () => monitor.observe(),
        ({ maxBytes }) => maxBytes === 32 * MIB,
      );
    await Promise.all(monitors.map(isSeen));
    const hung = NAMES.slice(1);
    for (const name of hung) signal(name, "SIGSTOP");
    onTestFinished(() => {
      for (const name of hung) signal(name, "SIGCONT");
    });
    const uuids = (await domains.listActive(connection)).map(({ uuid }) => uuid);
    await vi.waitUntil(async () => {
      await Promise.all(monitors.slice(1).map((monitor) => monitor.observe()));
      return uuids.filter((uuid) => connection.isHung(uuid)).length === HUNG;
    }, PATIENCE_MS);
    await isSeen(well.monitor);
    await well.monitor.setTarget(24 * MIB);
    await libvirtd.virsh("setmem", "vm0", "32M", "--live");
    expect((await libvirtd.virsh("list", "--name")).trim().split(/\s+/)).toHaveLength(NAMES.length);
    for (const name of hung) signal(name, "SIGCONT");
    await Promise.all(monitors.map(isSeen));
    expect(uuids.filter((uuid) => connection.isHung(uuid))).toEqual([]);
  });
});
