/** Proves on a real libvirtd with real guests that they are found, squeezed, and survive; and that libvirt's tools and domains do not suffer. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { packagedAgent } from "../bootstrap/agent.ts";
import { RealLibvirtd, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";
import { TestBroker } from "../testbed/broker.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { LibvirtGuest } from "../testbed/libvirt-guest.ts";
import { skipReason } from "../testbed/requirements.ts";
import { agentReports } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const PATIENCE_MS = 120_000;
const reason = skipReason() ?? whyNoLibvirtd();

describe.skipIf(reason !== undefined)(`two domains of a real libvirt (${reason ?? "libvirtd"})`, () => {
  const folder = mkdtempSync(join("/tmp", "bl-"));
  let libvirtd: RealLibvirtd;
  let broker: TestBroker;
  let guests: LibvirtGuest[];

  beforeAll(async () => {
    libvirtd = await RealLibvirtd.start();
    const agentProgram = await packagedAgent();
    const boot = (name: string) => LibvirtGuest.boot(libvirtd, { name, memoryMib: 512, agentProgram });
    guests = [await boot("vm1"), await boot("vm2")];
    const uri = `qemu:///session?socket=${libvirtd.address.socketPaths[1]}`;
    broker = await TestBroker.start({
      ...{ folder, guests: [], budgetMib: 4096 },
      tuning: { holdAfterDemand: "1s", bootProtect: "1s" },
      find: { libvirt: `{ enabled: true, uri: "${uri}" }`, defaults: "{ min: 128MiB }" },
    });
    for (const { name } of guests) await agentReports(broker, name);
  });
  afterAll(async () => {
    await broker?.stop();
    await libvirtd?.end();
    rmSync(folder, { recursive: true });
  });

  it("are squeezed and survive a burst at full speed, while virsh works and nothing is tainted", async () => {
    const [vm1, vm2] = guests;
    if (vm1 === undefined || vm2 === undefined) throw new Error("not booted");
    for (const [guest, rate] of [
      [vm1, 1000],
      [vm2, 100],
    ] as const) {
      await broker.squeeze(guest.name, 200 * MIB, PATIENCE_MS);
      await Promise.all([
        expectSurvival(guest, 280, rate),
        ...Array.from({ length: 3 }, () => libvirtd.virsh("domstats", "--balloon", "--state")),
      ]);
    }
    for (const { name } of guests) {
      expect(await libvirtd.virsh("dominfo", name)).not.toMatch(/taint/i);
      await broker.hold(name, "auto");
    }
    const events = await broker.events();
    expect(events.some(({ kind, level }) => kind === "demand" && level === "info")).toBe(true);
  });

  it("are known to be reset, and come back with their agent", async () => {
    expect(await libvirtd.virsh("dumpxml", "vm2")).toMatch(/state='connected'/);
    await libvirtd.virsh("reset", "vm2");
    await waitFor("the reset", async () => /it was reset/.test(await textsOf("vm2")), {
      timeoutMs: PATIENCE_MS,
    });
    await broker.until("vm2", "managed again", ({ state }) => state === "managed", PATIENCE_MS);
    await agentReports(broker, "vm2");
  });

  async function textsOf(name: string): Promise<string> {
    const events = await broker.events();
    return events.flatMap(({ guest, text }) => (guest === name ? [text] : [])).join("\n");
  }
});
