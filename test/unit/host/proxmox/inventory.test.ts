import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import type { QemuProcess } from "../../../../host/src/model/inventory.ts";
import { createProxmoxInventory } from "../../../../host/src/proxmox/inventory.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/pve-configs/", import.meta.url));
const DEFAULTS = { min: { kind: "percent", percent: 25 }, max: { kind: "auto" }, shares: 1000 } as const;

/** A node called `here` whose cluster lists these guests; version 1 each unless said otherwise. */
class Node {
  readonly root = tempFolder();
  readonly processes: QemuProcess[] = [];
  readonly inventory = createProxmoxInventory({
    folder: this.root,
    isExpected: true,
    defaults: DEFAULTS,
    processes: { list: async () => this.processes },
  });

  constructor() {
    mkdirSync(join(this.root, "nodes/here/qemu-server"), { recursive: true });
    symlinkSync("nodes/here", join(this.root, "local"));
  }

  list(
    guests: Readonly<
      Record<number, { readonly version?: number; readonly node?: string; readonly type?: string }>
    >,
  ) {
    const ids = Object.entries(guests).map(([id, guest]) => [
      id,
      { node: "here", type: "qemu", version: 1, ...guest },
    ]);
    writeFileSync(join(this.root, ".vmlist"), JSON.stringify({ version: 9, ids: Object.fromEntries(ids) }));
  }

  configure(vmid: number, text = readFileSync(join(FIXTURES, `${vmid}.conf`), "utf8")) {
    writeFileSync(this.path(vmid), text);
  }

  path(vmid: number) {
    return join(this.root, `nodes/here/qemu-server/${vmid}.conf`);
  }

  run(vmid: number, ...more: string[]) {
    const own = [`socket,id=qmp,path=/var/run/qemu-server/${vmid}.qmp,server=on,wait=off`];
    const untrustedWords = [
      ...["/usr/bin/kvm", "-id", String(vmid), "-chardev", ...own, "-mon", "chardev=qmp,mode=control"],
      ...[
        "-pidfile",
        `/var/run/qemu-server/${vmid}.pid`,
        "-device",
        "virtio-balloon-pci,id=balloon0",
        ...more,
      ],
    ];
    this.processes.push({ processId: vmid, untrustedWords, cwd: "/", untrustedConfigs: new Map() });
  }
}

describe("the guests of a Proxmox node", () => {
  let node: Node;
  beforeEach(() => {
    node = new Node();
  });

  it("are those that run here, with the admin's own limits, under the exporters' names", async () => {
    for (const vmid of [101, 104, 107]) node.configure(vmid);
    node.list({ 101: {}, 104: {}, 107: {}, 202: { node: "there" }, 300: { type: "lxc" } });
    for (const vmid of [101, 104, 107, 202]) node.run(vmid);
    const { entries, problems } = await node.inventory.list();
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      {
        ...{
          name: "qemu/101",
          source: "proxmox",
          qmpPath: "/var/run/qemu-server/101.qmp",
          shares: 1000,
          qmpMode: "lease",
        },
        ...{ min: { kind: "bytes", bytes: 2048 * 2 ** 20 }, max: { kind: "bytes", bytes: 8192 * 2 ** 20 } },
      },
      expect.objectContaining({ name: "qemu/104", leftAlone: expect.stringContaining("fixed") }),
    ]);
  });

  it("are reached by a monitor and a channel of their own where the running QEMU has them, whatever the file says", async () => {
    node.configure(114);
    node.list({ 114: {} });
    node.run(114);
    expect((await node.inventory.list()).entries[0]).toMatchObject({
      qmpPath: "/var/run/qemu-server/114.qmp",
    });
    node.processes.length = 0;
    const args = readFileSync(join(FIXTURES, "114.conf"), "utf8").match(/^args: (.*)$/m)?.[1] ?? "";
    node.run(114, ...args.split(" "));
    expect((await node.inventory.list()).entries[0]).toMatchObject({
      qmpPath: "/run/qemu-server/114.ballast-qmp",
      agentPath: "/run/qemu-server/114.ballast",
    });
  });

  it("are not reached by sockets that a clone has from its origin, and the origin's are not trusted while the clone runs", async () => {
    const args = (readFileSync(join(FIXTURES, "114.conf"), "utf8").match(/^args: (.*)$/m)?.[1] ?? "").split(
      " ",
    );
    for (const vmid of [101, 114]) node.configure(vmid);
    node.list({ 101: {}, 114: {} });
    node.run(101, ...args);
    const clone = await node.inventory.list();
    expect(clone.entries[0]).toMatchObject({ qmpPath: "/var/run/qemu-server/101.qmp", qmpMode: "lease" });
    expect(clone.entries[0]).not.toHaveProperty("agentPath");
    expect(clone.problems).toEqual([
      expect.stringMatching(
        /^qemu\/101: .*114.ballast-qmp and .*114.ballast may lead to another guest.*ballast setup proxmox 101/,
      ),
    ]);
    node.run(114, ...args);
    const { entries, problems } = await node.inventory.list();
    expect(entries[1]).toMatchObject({
      name: "qemu/114",
      qmpPath: "/var/run/qemu-server/114.qmp",
      qmpMode: "lease",
    });
    expect(entries[1]).not.toHaveProperty("agentPath");
    expect(problems).toHaveLength(2);
  });

  it("are left to Proxmox's own balancer, with the one line that hands them over", async () => {
    node.configure(102);
    node.list({ 102: {} });
    node.run(102);
    expect((await node.inventory.list()).entries[0]?.leftAlone).toMatch(
      /qm set 102 --shares 0, or ballast setup proxmox 102 --apply, which keeps its weight$/,
    );
  });

  it("are read anew only when the cluster's list says that they were written", async () => {
    node.configure(101);
    node.list({ 101: {} });
    node.run(101);
    await node.inventory.list();
    node.configure(101, "memory: 4096\nballoon: 1024\nshares: 0\n");
    const max = async () => (await node.inventory.list()).entries[0]?.max;
    expect(await max()).toEqual({ kind: "bytes", bytes: 8192 * 2 ** 20 });
    node.list({ 101: { version: 2 } });
    expect(await max()).toEqual({ kind: "bytes", bytes: 4096 * 2 ** 20 });
  });

  it("stay as they were known while the cluster's files cannot be read, which is told", async () => {
    node.configure(101);
    node.list({ 101: {} });
    node.run(101);
    await node.inventory.list();
    writeFileSync(join(node.root, ".vmlist"), '{"version": 9, "ids": {');
    const { entries, problems } = await node.inventory.list();
    expect(entries.map(({ name }) => name)).toEqual(["qemu/101"]);
    expect(problems).toEqual([expect.stringContaining(".vmlist")]);
    rmSync(join(node.root, "local"));
    expect((await node.inventory.list()).problems).toEqual([expect.stringContaining("Proxmox node")]);
  });

  it("carry a lock of the platform, and lines that cannot be read are named with their place", async () => {
    for (const vmid of [117, 123]) node.configure(vmid);
    node.list({ 117: {}, 123: {}, 999: {} });
    node.run(117);
    const { entries, problems } = await node.inventory.list();
    expect(entries[0]).toMatchObject({ name: "qemu/117", lock: "backup" });
    expect(problems).toContainEqual("123.conf:2: balloon: not a whole number");
  });
});
