/** Owns booting a guest: image, process, sockets, and a clear account when it does not come up. */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BootOptions,
  checkOptions,
  type GuestPaths,
  guestPaths,
  qemuArguments,
} from "./boot-options.ts";
import { CommandChannel } from "./command-channel.ts";
import { MAX_SOCKET_PATH_BYTES } from "./connect.ts";
import { messageOf, TestbedError } from "./errors.ts";
import { removeGuestFiles, TestGuest } from "./guest.ts";
import { type StartedProcess, startProcess } from "./host.ts";
import { buildImage, type GuestImage } from "./image/build.ts";
import { makeScratchDisk } from "./image/disk.ts";
import { ControlMonitor } from "./monitor.ts";
import { findProgram } from "./requirements.ts";

const BOOT_TIMEOUT_MS = 60_000;
/** QEMU makes its sockets at once; this only bounds a start on a very busy machine. */
const SOCKET_TIMEOUT_MS = 15_000;
/** How much of the console an error carries. */
const TAIL_LETTERS = 2_000;

/**
 * Boots a guest and returns it as soon as it runs commands. Builds the image if something in it changed. Throws `TESTBED_BUILD`, or
 * `TESTBED_BOOT` with the end of the console and of QEMU's own words; nothing is left running then.
 */
export async function bootGuest(options: BootOptions = {}): Promise<TestGuest> {
  checkOptions(options);
  const name = options.name ?? "guest";
  const image = await buildImage(options);
  const folder = await makeFolder(options.folder);
  const paths = guestPaths(folder, name);
  checkPaths(paths);
  if (options.scratch !== undefined) await makeScratchDisk(paths.scratch, options.scratch.sizeMib);
  const removeFiles = () => removeGuestFiles(paths, folder, options.folder === undefined);
  const process = await startQemu(name, options, image, paths);
  try {
    const monitor = await ControlMonitor.connect(paths.control, SOCKET_TIMEOUT_MS);
    const channel = await CommandChannel.connect(paths.commands, SOCKET_TIMEOUT_MS);
    const guest = new TestGuest({ name, paths, process, monitor, channel, removeFiles });
    await guest.waitForUserspace(options.bootTimeoutMs ?? BOOT_TIMEOUT_MS);
    return guest;
  } catch (cause) {
    const account = `${messageOf(cause)}\n--- QEMU\n${tail(paths.qemuLog)}\n--- console\n${tail(paths.console)}`;
    await process.kill();
    await removeFiles();
    throw new TestbedError("TESTBED_BOOT", `${name} did not boot: ${account}`, { cause });
  }
}

function startQemu(
  name: string,
  options: BootOptions,
  image: GuestImage,
  paths: GuestPaths,
): Promise<StartedProcess> {
  const program = findProgram("qemu-system-x86_64") ?? "qemu-system-x86_64";
  const args = qemuArguments(name, options, image, paths, process.env["BALLAST_TEST_ACCEL"]);
  return startProcess(program, args, { logPath: paths.qemuLog, outlive: options.outlive === true });
}

async function makeFolder(folder: string | undefined): Promise<string> {
  if (folder === undefined) return mkdtemp(join(tmpdir(), "bt-"));
  await mkdir(folder, { recursive: true });
  return folder;
}

function checkPaths(paths: GuestPaths): void {
  for (const path of [paths.qmp, paths.agent, paths.control, paths.commands]) {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      throw new TestbedError("TESTBED_BOOT", `${path} is too long for a socket: choose a shorter folder`);
    }
  }
}

function tail(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(-TAIL_LETTERS);
  } catch {
    return "(nothing)";
  }
}
