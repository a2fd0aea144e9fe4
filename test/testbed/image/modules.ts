/** Owns which kernel modules the guest loads, and in which order. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { TestbedError } from "../errors.ts";
import { runTool } from "./tools.ts";

/** What the guest needs; whatever these depend on is loaded before them. */
export const WANTED_MODULES = [
  "virtio_pci",
  "virtio_balloon",
  "virtio_console",
  "virtio_blk",
  "ext4",
  "virtio_net",
];

/** A module, ready for `insmod`. */
export interface KernelModule {
  readonly name: string;
  readonly content: Buffer;
}

/** Names of the modules that a module says it needs: `depends=a,b` in the section .modinfo of its ELF file. */
export function dependenciesOf(content: Buffer): string[] {
  const list = /\0depends=([^\0]*)\0/.exec(content.toString("latin1"))?.[1] ?? "";
  return list
    .split(",")
    .filter((name) => name !== "")
    .map(moduleName);
}

/** Puts each wanted module after everything that it needs, each once; `needs` tells what one needs. */
export function loadOrder(wanted: readonly string[], needs: (name: string) => readonly string[]): string[] {
  const order: string[] = [];
  const visit = (name: string) => {
    if (order.includes(name)) return;
    needs(name).forEach(visit);
    order.push(name);
  };
  wanted.forEach(visit);
  return order;
}

/**
 * Reads the modules to load from a kernel's module folder, in load order; what is built into the kernel is left out.
 * Throws `TESTBED_BUILD` for one that the kernel has neither built in nor as a file.
 */
export async function readModules(modulesPath: string): Promise<KernelModule[]> {
  const files = await moduleFiles(modulesPath);
  const builtIn = builtInModules(modulesPath);
  const contents = new Map<string, Buffer>();
  const pending = [...WANTED_MODULES];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (contents.has(name) || builtIn.has(name)) continue;
    const path = files.get(name);
    if (path === undefined)
      throw new TestbedError("TESTBED_BUILD", `the guest's kernel has no module ${name}`);
    const content = await readModule(path);
    contents.set(name, content);
    pending.push(...dependenciesOf(content));
  }
  const needs = (name: string) => dependenciesOf(contents.get(name) ?? Buffer.alloc(0));
  return loadOrder(WANTED_MODULES, needs).flatMap((name) => {
    const content = contents.get(name);
    return content === undefined ? [] : [{ name, content }];
  });
}

/** Modules' names use `_` and `-` for the same. */
function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko.*$/, "")
    .replaceAll("-", "_");
}

async function moduleFiles(modulesPath: string): Promise<Map<string, string>> {
  const paths = await readdir(join(modulesPath, "kernel"), { recursive: true });
  const modules = paths.filter((path) => /\.ko(\.xz|\.zst)?$/.test(path));
  return new Map(modules.map((path) => [moduleName(path), join(modulesPath, "kernel", path)]));
}

function builtInModules(modulesPath: string): Set<string> {
  const lines = readFileSync(join(modulesPath, "modules.builtin"), "utf8").split("\n");
  return new Set(lines.map(moduleName));
}

async function readModule(path: string): Promise<Buffer> {
  const content = readFileSync(path);
  if (path.endsWith(".zst")) return zstdDecompressSync(content);
  if (!path.endsWith(".xz")) return content;
  return Buffer.from(await runTool("sh", ["-c", 'busybox xz -dc "$0" | base64 -w0', path]), "base64");
}
