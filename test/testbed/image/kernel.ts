/** Owns fetching the guest's kernel: Debian's or Ubuntu's package for virtual machines, unpacked and never installed. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { TestbedError } from "../errors.ts";
import { produce, runTool } from "./tools.ts";

/** Packages that name the newest kernel for virtual machines, Debian's first. */
const META_PACKAGES = ["linux-image-cloud-amd64", "linux-image-virtual"];

/** An unpacked kernel. */
export interface GuestKernel {
  readonly imagePath: string;
  /** Folder with `kernel/` and `modules.builtin`. */
  readonly modulesPath: string;
}

/**
 * Returns the kernel in the cache, fetching it the first time. It stays as it is until the cache is removed, so that figures from one
 * machine can be compared. Throws `TESTBED_BUILD` when no package can be had.
 */
export async function fetchKernel(cache: string): Promise<GuestKernel> {
  const folder = await produce(join(cache, "kernel"), async (temporary) => {
    await mkdir(temporary);
    for (const name of await kernelPackages()) await unpack(name, temporary);
  });
  return findKernel(folder);
}

async function unpack(packageName: string, folder: string): Promise<void> {
  await runTool("apt-get", ["download", "-q", packageName], { cwd: folder });
  const archive = (await readdir(folder)).find((name) => name.startsWith(`${packageName}_`));
  if (archive === undefined) throw new TestbedError("TESTBED_BUILD", `no archive of ${packageName}`);
  await runTool("dpkg", ["-x", archive, "."], { cwd: folder });
  await rm(join(folder, archive));
}

async function kernelPackages(): Promise<string[]> {
  for (const meta of META_PACKAGES) {
    const image = (await dependencies(meta)).find((name) => name.startsWith("linux-image-"));
    if (image === undefined) continue;
    // Ubuntu ships the modules in a package of their own.
    const modules = (await dependencies(image)).filter((name) => name.startsWith("linux-modules-"));
    return [image, ...modules];
  }
  throw new TestbedError(
    "TESTBED_BUILD",
    `no package of ${META_PACKAGES.join(" or ")}: run apt-get update first`,
  );
}

async function dependencies(packageName: string): Promise<string[]> {
  const text = await runTool("apt-cache", ["depends", packageName]).catch(() => "");
  return [...text.matchAll(/^\s*Depends: (\S+)$/gm)].map((match) => match[1] ?? "");
}

async function findKernel(folder: string): Promise<GuestKernel> {
  const image = (await readdir(join(folder, "boot"))).find((name) => name.startsWith("vmlinuz-"));
  if (image === undefined) throw new TestbedError("TESTBED_BUILD", `no boot/vmlinuz-* in ${folder}`);
  const modules = join(folder, "lib/modules", image.slice("vmlinuz-".length));
  return { imagePath: join(folder, "boot", image), modulesPath: modules };
}
