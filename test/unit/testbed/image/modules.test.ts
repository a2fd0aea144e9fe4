import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dependenciesOf, loadOrder, readModules } from "../../../testbed/image/modules.ts";

const module = (depends: string) =>
  Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`, "latin1");

describe("dependenciesOf", () => {
  it("reads the list of a module's information, which may be empty", () => {
    expect(dependenciesOf(module("virtio,virtio_ring"))).toEqual(["virtio", "virtio_ring"]);
    expect(dependenciesOf(module(""))).toEqual([]);
    expect(dependenciesOf(Buffer.from("nothing"))).toEqual([]);
  });
});

describe("loadOrder", () => {
  it("puts each module after all that it needs, once", () => {
    const needs: Record<string, string[]> = { pci: ["ring", "bus"], bus: ["ring"], disk: ["bus"] };
    expect(loadOrder(["pci", "disk"], (name) => needs[name] ?? [])).toEqual(["ring", "bus", "pci", "disk"]);
  });
});

describe("readModules", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bm-"));
    mkdirSync(join(folder, "kernel/drivers"), { recursive: true });
    writeFileSync(
      join(folder, "modules.builtin"),
      "kernel/fs/ext4/ext4.ko\nkernel/drivers/virtio/virtio_pci.ko\n",
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const add = (name: string, content: Buffer) => writeFileSync(join(folder, "kernel/drivers", name), content);

  it("leaves out what is built in, and unpacks what is compressed", async () => {
    add("virtio_balloon.ko", module("page-pool,virtio_pci"));
    add("page-pool.ko", module(""));
    add("virtio_console.ko.zst", zstdCompressSync(module("")));
    add("virtio_blk.ko", module(""));
    add("virtio_net.ko", module(""));
    const modules = await readModules(folder);
    expect(modules.map(({ name }) => name)).toEqual([
      "page_pool",
      "virtio_balloon",
      "virtio_console",
      "virtio_blk",
      "virtio_net",
    ]);
    expect(modules.every(({ content }) => content.toString("latin1").startsWith("\x7fELF"))).toBe(true);
  });

  it("says which module the kernel does not have", async () => {
    await expect(readModules(folder)).rejects.toMatchObject({ code: "TESTBED_BUILD" });
  });
});
