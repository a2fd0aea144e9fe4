/** Owns a whole small Debian that boots: systemd, dbus, udev and apt, configured, with files that a test brings. */
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CommandResult } from "./command-channel.ts";
import type { TestGuest } from "./guest.ts";
import { addCommandService } from "./image/command-service.ts";
import { type DebianSuite, debianArchive } from "./image/debian-archive.ts";
import { makeFileSystem } from "./image/disk.ts";
import { runTool } from "./image/tools.ts";

/** Debian's own; packages need programs of both folders. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
/** Installing 110 MB under emulation takes half a minute, and several where others compute. */
const PATIENCE_MS = 600_000;
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "udev", "init-system-helpers", "libstdc++6"];
/** The system has 250 MiB, what the packages unpack to and their files as much again and more; the file is sparse. */
const DISK_MIB = 2048;
/** They would look for a network that is not there, and hold apt's lock meanwhile. */
const MASKED = ["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"];
/** Not a first boot, at which systemd would enable and make what packages then would seem to leave behind. */
const MACHINE_ID = "ba11a570000040008000000000000000";

export interface DebianDisk {
  readonly suite: DebianSuite;
  /** Where the disk is made; it belongs to one guest. */
  readonly folder: string;
  /** Files of this machine, by their paths in the system. */
  readonly files: Readonly<Record<string, string>>;
}

/** Makes the system's disk and gives QEMU's arguments for it, in the place of a guest's scratch disk. Needs root. */
export async function debianDisk({ suite, folder, files }: DebianDisk): Promise<string[]> {
  const archive = await debianArchive(suite, PACKAGES);
  const root = join(folder, "root");
  const disk = join(folder, `${suite}.ext4`);
  await mkdir(root, { recursive: true });
  try {
    await runTool("tar", ["-xf", archive, "-C", root, "--exclude=./dev/*"]);
    await addCommandService(root);
    for (const unit of MASKED) await symlink("/dev/null", join(root, "etc/systemd/system", unit));
    await rm(join(root, "etc/machine-id"), { force: true });
    await writeFile(join(root, "etc/machine-id"), `${MACHINE_ID}\n`);
    await writeFile(join(root, "etc/hostname"), "debian\n");
    for (const [path, from] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await copyFile(from, join(root, path));
    }
    await makeFileSystem(disk, DISK_MIB, ["-d", root]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return ["-drive", `file=${disk},if=virtio,format=raw,cache=unsafe`];
}

/** Runs a line of bash in the booted system, as root's own shell would. */
export function runInDebian(guest: TestGuest, line: string): Promise<CommandResult> {
  const quoted = line.replaceAll("'", "'\\''");
  const settings = `env -i PATH=${PATH} HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive`;
  return guest.run(`${settings} bash -c '${quoted}'`, { timeoutMs: PATIENCE_MS });
}
