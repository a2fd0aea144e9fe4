/** A real domain that moves from one real libvirtd to another: neither side takes memory meanwhile, and the new one is driven afterwards. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { libvirtScene, until } from "../fakes/libvirt-scene.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";

const missing = whyNoLibvirtd();
const SLOWEST_MIB = "1";
const FASTEST_MIB = "1000";

describe.skipIf(missing !== undefined)(`a domain that is migrated (${missing ?? "real libvirtd"})`, () => {
  let source: RealLibvirtd;
  let target: RealLibvirtd;
  beforeAll(async () => {
    source = await RealLibvirtd.start();
    // To itself no host migrates, and both are on this one.
    target = await RealLibvirtd.start({ hostUuid: "11111111-2222-4333-8444-555555555555" });
    await source.define(smallDomainXml("web1"));
    await source.virsh("start", "web1");
  });
  afterAll(() => Promise.all([source.end(), target.end()]));

  it("is left alone at both ends, with the reason, and driven at its new place", async () => {
    const there = libvirtScene(target.address);
    const here = libvirtScene(source.address);
    const [entry] = (await here.inventory.list()).entries;
    if (entry === undefined) throw new Error("no domain");
    const [leaving, coming] = [here.monitorOf(entry).monitor, there.monitorOf(entry).monitor];
    await until(
      () => leaving.observe(),
      ({ maxBytes }) => maxBytes === 128 * MIB,
    );
    await source.virsh("migrate-setspeed", "web1", SLOWEST_MIB);
    const to = `qemu+unix:///session?socket=${target.address.socketPaths[1]}`;
    const uri = `unix://${join(target.folder, "migration")}`;
    const moved = source.virsh("migrate", "--live", "web1", to, "--migrateuri", uri);
    const isMigrating = ({ inhibitions }: { readonly inhibitions: readonly string[] }) =>
      inhibitions.includes("migrating");
    await until(() => leaving.observe(), isMigrating);
    await until(() => coming.observe(), isMigrating);
    await source.virsh("migrate-setspeed", "web1", FASTEST_MIB);
    await moved;
    await until(
      () => coming.observe(),
      ({ inhibitions, maxBytes }) => maxBytes === 128 * MIB && !inhibitions.includes("migrating"),
    );
    await coming.setTarget(100 * MIB);
    expect((await here.inventory.list()).entries).toEqual([]);
    expect((await there.inventory.list()).entries).toMatchObject([{ name: "web1" }]);
  });
});
