/** Owns putting the guest's image together from its parts. */
import { buildDisk, type DiskInputs } from "./disk.ts";
import { buildInitramfs } from "./initramfs.ts";
import { fetchKernel } from "./kernel.ts";
import { cacheFolder } from "./tools.ts";

/** Paths of everything that QEMU needs to boot a guest. */
export interface GuestImage {
  readonly kernelPath: string;
  readonly initramfsPath: string;
  /** Read-only ext4 disk with the agent and the workloads. */
  readonly diskPath: string;
}

/**
 * Builds what changed since the last time and returns the paths; needs no root. Kernel and initial file system change rarely, the disk
 * with each new agent. Throws `TESTBED_BUILD` with the failing tool's words.
 */
export async function buildImage(inputs: DiskInputs = {}): Promise<GuestImage> {
  const cache = cacheFolder();
  const kernel = await fetchKernel(cache);
  const initramfsPath = await buildInitramfs(cache, kernel);
  const diskPath = await buildDisk(cache, inputs);
  return { kernelPath: kernel.imagePath, initramfsPath, diskPath };
}
