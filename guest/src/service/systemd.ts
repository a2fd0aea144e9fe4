/** The agent as a service under systemd. */
import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isSea } from "node:sea";
import { errorCode } from "../link/char-device.ts";
import { libraryBeside, libraryInside } from "../native/koffi.ts";
import { pathInSystem } from "./path-in-system.ts";
import {
  ServiceError,
  type ServiceManager,
  type ServiceOptions,
  type ServiceOutcome,
} from "./service-manager.ts";
import {
  PACKAGED_PROGRAM,
  PROGRAM_PATH,
  SERVICE_PATHS,
  type ServiceFile,
  serviceFiles,
  UNIT,
} from "./systemd-files.ts";

/** There while systemd runs the system (sd_booted(3)). */
const BOOTED = "/run/systemd/system";
/** Programs that a package manager put here are its own to move and to remove. */
const PROGRAM_FOLDERS = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/opt", dirname(PACKAGED_PROGRAM)];
const READABLE_BY_ALL = 0o022;
const COMMAND_TIMEOUT_MS = 60_000;

export const systemd: ServiceManager = { install, uninstall, start, stop, status };

async function install(options: ServiceOptions): Promise<ServiceOutcome> {
  if (!isSea()) throw new ServiceError("only the packaged executable can install itself");
  checkSystem(options);
  // Everybody may read what is installed, and systemd warns of units that are not so; the token is a file of the admin's own.
  process.umask(READABLE_BY_ALL);
  const root = rootOf(options);
  const program = installProgram(root);
  const files = serviceFiles(program, options.runArguments, libraryInside());
  const stale = SERVICE_PATHS.filter((path) => !files.some((file) => file.path === path));
  for (const path of stale) rmSync(pathInSystem(root, path), { force: true });
  for (const file of files) write(root, file);
  const written = [program, ...files.map(({ path }) => path)].map(
    (path) => `installed ${pathInSystem(root, path)}`,
  );
  if (options.root !== undefined)
    return { lines: [...written, "the agent starts with the system"], fine: true };
  reload();
  // Not `start`: one that runs already is to be the new one.
  systemctl("restart", UNIT);
  return { lines: [...written, ...(await status(options)).lines], fine: true };
}

async function uninstall(options: ServiceOptions): Promise<ServiceOutcome> {
  checkSystem(options);
  const root = rootOf(options);
  if (options.root === undefined && isKnown()) systemctl("stop", UNIT);
  // A package's library goes with the package.
  const isPackaged = process.execPath === PACKAGED_PROGRAM;
  const own = inProgramFolder(root) && !isPackaged ? [libraryBeside(process.execPath)] : [];
  const paths = [...SERVICE_PATHS, ...own, PROGRAM_PATH]
    .map((path) => pathInSystem(root, path))
    .filter(isThere);
  for (const path of paths) rmSync(path, { force: true });
  if (options.root === undefined && paths.length > 0) reload();
  const lines = paths.map((path) => `removed ${path}`);
  return { lines: lines.length > 0 ? lines : ["the agent is not installed"], fine: true };
}

async function start(options: ServiceOptions): Promise<ServiceOutcome> {
  checkSystem(options);
  checkInstalled();
  systemctl("start", UNIT);
  return status(options);
}

async function stop(options: ServiceOptions): Promise<ServiceOutcome> {
  checkSystem(options);
  checkInstalled();
  systemctl("stop", UNIT);
  return { lines: ["ballast-agent is stopped"], fine: true };
}

async function status(_options: ServiceOptions): Promise<ServiceOutcome> {
  if (!existsSync(BOOTED)) throw new ServiceError(NO_SYSTEMD);
  const facts = properties("LoadState", "ActiveState", "SubState", "MainPID", "ActiveEnterTimestamp");
  if (facts["LoadState"] !== "loaded") return { lines: ["ballast-agent is not installed"], fine: false };
  const fine = facts["ActiveState"] === "active";
  const since = facts["ActiveEnterTimestamp"] ? ` since ${facts["ActiveEnterTimestamp"]}` : "";
  const text = fine
    ? `runs as process ${facts["MainPID"]}${since}`
    : `is ${facts["ActiveState"]} (${facts["SubState"]})`;
  return { lines: [`ballast-agent ${text}`, `its log: journalctl -u ${UNIT}`], fine };
}

const NO_SYSTEMD =
  'systemd does not run this system: let your own init start "ballast-agent run" (guest/docs/systems.md), or prepare an image with --root DIR';

function checkSystem({ root }: ServiceOptions): void {
  if (root === undefined) {
    if (process.geteuid?.() !== 0) throw new ServiceError("only root may do this: try again with sudo");
    if (!existsSync(BOOTED)) throw new ServiceError(NO_SYSTEMD);
    return;
  }
  try {
    accessSync(`${root}/`, constants.W_OK);
  } catch (cause) {
    throw new ServiceError(`${root} is not a folder that you may write to`, { cause });
  }
}

function checkInstalled(): void {
  if (!isKnown()) throw new ServiceError('the agent is not installed: run "ballast-agent install" first');
}

function rootOf({ root }: ServiceOptions): string {
  return root === undefined ? "/" : realpathSync(root);
}

/** Path of the executable in the installed system. */
function installProgram(root: string): string {
  const here = process.execPath;
  if (inProgramFolder(root)) return here;
  const target = pathInSystem(root, PROGRAM_PATH);
  // A running program cannot be written to, but it can be replaced.
  if (here !== target) replace(target, (temporary) => copyProgram(here, temporary));
  return PROGRAM_PATH;
}

function inProgramFolder(root: string): boolean {
  return root === "/" && PROGRAM_FOLDERS.some((folder) => process.execPath.startsWith(`${folder}/`));
}

function copyProgram(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

function write(root: string, file: ServiceFile): void {
  replace(pathInSystem(root, file.path), (temporary) => {
    if ("linkTo" in file) symlinkSync(file.linkTo, temporary);
    else writeFileSync(temporary, file.content, { mode: 0o644 });
  });
}

/** Whole or not at all, whatever was there before. */
function replace(target: string, make: (temporary: string) => void): void {
  const temporary = `${target}.new`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    rmSync(temporary, { force: true });
    make(temporary);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new ServiceError(`${target} cannot be written (${errorCode(cause) ?? cause})`, { cause });
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function reload(): void {
  systemctl("daemon-reload");
  // Containers and small images have no udev; then the service does not wait for the port.
  try {
    run("udevadm", ["control", "--reload"]);
    run("udevadm", ["trigger", "--subsystem-match=virtio-ports"]);
  } catch {
    // The unit alone is enough until the next boot.
  }
}

function isKnown(): boolean {
  return properties("LoadState")["LoadState"] === "loaded";
}

function properties(...names: string[]): Readonly<Record<string, string>> {
  const text = systemctl("show", UNIT, `--property=${names.join(",")}`);
  return Object.fromEntries(
    text.split("\n").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
}

function systemctl(...words: string[]): string {
  try {
    return run("systemctl", words);
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new ServiceError(`systemctl ${words.join(" ")} failed: ${said}`, { cause });
  }
}

function run(program: string, words: readonly string[]): string {
  return execFileSync(program, words, {
    encoding: "utf8",
    timeout: COMMAND_TIMEOUT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
