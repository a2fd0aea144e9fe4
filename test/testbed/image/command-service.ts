/** Owns the command channel as a service of a system with systemd. */
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestbedError } from "../errors.ts";
import { findProgram } from "../requirements.ts";
import { copyProgram, REPOSITORY } from "./tools.ts";

const UNIT = "testbed-commands.service";
const UNIT_TEXT = `[Unit]
Description=Runs the tests' commands
DefaultDependencies=no
After=systemd-udevd.service

[Service]
# The shell of busybox finds its own applets before the system's programs.
ExecStart=/opt/testbed/busybox sh /opt/testbed/command-channel
Restart=always
OOMScoreAdjust=-1000
`;
const SCRIPT = join(REPOSITORY, "test/testbed/guest-init/command-channel");

/** What the service is made of: paths of files and texts, for the key of an image that has it. Throws `TESTBED_BUILD` without busybox. */
export function commandServiceParts(): { readonly files: readonly string[]; readonly text: string } {
  return { files: [busyboxPath(), SCRIPT], text: UNIT_TEXT };
}

/** Puts the service into the system below `root`, so that it starts at boot; and `/mnt`, the place of the testbed's programs. */
export async function addCommandService(root: string): Promise<void> {
  const units = join(root, "etc/systemd/system");
  const wanted = join(units, "sysinit.target.wants");
  await mkdir(wanted, { recursive: true });
  await writeFile(join(units, UNIT), UNIT_TEXT);
  await symlink(`../${UNIT}`, join(wanted, UNIT));
  for (const folder of ["opt/testbed", "mnt"]) await mkdir(join(root, folder), { recursive: true });
  await copyProgram(busyboxPath(), join(root, "opt/testbed/busybox"));
  await copyFile(SCRIPT, join(root, "opt/testbed/command-channel"));
}

function busyboxPath(): string {
  const path = findProgram("busybox");
  if (path === undefined) throw new TestbedError("TESTBED_BUILD", "busybox-static is not installed");
  return path;
}
