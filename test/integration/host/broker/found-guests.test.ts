/** The real `ballastd` beside real QEMUs that no config lists: it finds them, and lets them go when they end. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { asStartedByProxmox, ProxmoxNode } from "../../../fakes/proxmox-node.ts";
import { startRealQemu, whyNoQemu } from "../../../fakes/real-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const BALLOON = ["-m", "256", "-device", "virtio-balloon-pci,id=balloon0"];

async function startBroker(folder: string, find: Readonly<Record<string, string>>) {
  // Whatever other QEMUs run on this machine are found as well: they are not ours to move.
  const broker = await TestBroker.start({ folder, guests: [], mode: "observe", budgetMib: 4096, find });
  onTestFinished(() => broker.stop());
  return broker;
}

const guestNames = async (broker: TestBroker) => (await broker.status()).guests.map(({ name }) => name);
const isKnown = (broker: TestBroker, name: string) =>
  vi.waitUntil(async () => (await guestNames(broker)).includes(name), PATIENCE);

describe.skipIf(whyNoQemu() !== undefined)("guests that are found", () => {
  it("are managed while their QEMU runs: plain QEMUs, by their command lines", async () => {
    const folder = socketFolder();
    const broker = await startBroker(folder, { qemu: "true" });
    const qemu = await startRealQemu(join(folder, "m.qmp"), ["-name", "guest=found-one", ...BALLOON]);
    await isKnown(broker, "found-one");
    await broker.until("found-one", "connected", ({ maxBytes }) => maxBytes === 256 * 2 ** 20, 30_000);
    qemu.kill("SIGKILL");
    await vi.waitUntil(async () => !(await guestNames(broker)).includes("found-one"), PATIENCE);
    const texts = (await broker.events())
      .filter(({ guest }) => guest === "found-one")
      .map(({ text }) => text);
    expect(texts).toContain("managed from now on");
    expect(texts.at(-1)).toMatch(/^no longer managed/);
  });

  it("of Proxmox have the admin's own limits under the exporters' names, and change with their configuration", async () => {
    const folder = socketFolder();
    const node = new ProxmoxNode(folder);
    node.configure(100, "memory: 256\nballoon: 128\nshares: 0\n");
    await startRealQemu(join(folder, "own.qmp"), [...asStartedByProxmox(folder, 100), ...BALLOON]);
    const broker = await startBroker(folder, {
      proxmox: node.settings,
      overrides: '{ "qemu/100": { shares: 3000 } }',
    });
    const guest = await broker.until("qemu/100", "known", ({ maxBytes }) => maxBytes !== undefined, 30_000);
    expect(guest).toMatchObject({ source: "proxmox", minBytes: 128 * 2 ** 20, shares: 3000 });
    expect((await broker.explain("qemu/100")).guest.name).toBe("qemu/100");
    node.configure(100, "memory: 256\nballoon: 64\nshares: 500\n");
    const left = await broker.until("qemu/100", "left alone", ({ state }) => state === "excluded", 30_000);
    expect(left.problem).toContain("qm set 100 --shares 0");
  });
});
