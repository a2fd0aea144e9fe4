/** Owns the guest's initial file system: busybox, the scripts of guest-init and the kernel's modules, nothing else. */
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestbedError } from "../errors.ts";
import { findProgram } from "../requirements.ts";
import type { GuestKernel } from "./kernel.ts";
import { type KernelModule, readModules } from "./modules.ts";
import { clearDates, copyProgram, exists, keyOf, produce, pruneOldest, REPOSITORY } from "./tools.ts";

const SCRIPTS_FOLDER = join(REPOSITORY, "test/testbed/guest-init");
const SCRIPTS = ["set-up", "start-agent", "command-channel", "enter-root"];
const FOLDERS = ["bin", "dev", "etc", "mnt", "modules", "proc", "run", "scratch", "sys", "tmp"];
/** Versions kept: checkouts of two branches do not throw out each other's. */
const KEEP = 3;

/**
 * Returns the path of the initial file system, making it when a script, busybox or the kernel changed. It is not compressed: unpacking
 * costs an emulated processor more than reading 3 MB.
 */
export async function buildInitramfs(cache: string, kernel: GuestKernel): Promise<string> {
  const busybox = findProgram("busybox");
  if (busybox === undefined) throw new TestbedError("TESTBED_BUILD", "busybox-static is not installed");
  const sources = [...SCRIPTS, "inittab"].map((name) => join(SCRIPTS_FOLDER, name));
  const key = keyOf([...sources, busybox, kernel.imagePath]);
  const target = join(cache, "initramfs", `${key}.cpio`);
  if (await exists(target)) return target;
  await produce(target, async (temporary) => {
    const root = `${temporary}.root`;
    try {
      await stage(root, busybox, await readModules(kernel.modulesPath));
      await writeFile(temporary, await archive(root));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
  await pruneOldest(join(cache, "initramfs"), KEEP);
  return target;
}

async function stage(root: string, busybox: string, modules: readonly KernelModule[]): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true });
  await copyProgram(busybox, join(root, "bin/busybox"));
  // Debian's static busybox runs its own applets without a link for each; these three are started by others.
  await symlink("busybox", join(root, "bin/sh"));
  await symlink("bin/busybox", join(root, "init"));
  // The image's libraries are found where the dynamic linker's path says.
  for (const name of ["lib", "lib64"]) await symlink(`mnt/${name}`, join(root, name));
  await copyFile(join(SCRIPTS_FOLDER, "inittab"), join(root, "etc/inittab"));
  for (const name of SCRIPTS) await copyProgram(join(SCRIPTS_FOLDER, name), join(root, "bin", name));
  for (const { name, content } of modules) await writeFile(join(root, "modules", `${name}.ko`), content);
  const order = modules.map(({ name }) => `${name}.ko\n`).join("");
  await writeFile(join(root, "modules/order"), order);
}

/** A cpio archive that is the same for the same content: sorted, without owners, dates and inode numbers. */
async function archive(root: string): Promise<Buffer> {
  const names = await clearDates(root);
  return execFileSync("cpio", ["-o", "-H", "newc", "-R", "0:0", "--reproducible", "--quiet"], {
    cwd: root,
    input: `${names.join("\n")}\n`,
    maxBuffer: 256 * 1024 * 1024,
  });
}
