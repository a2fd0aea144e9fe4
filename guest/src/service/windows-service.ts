/** The agent as a service of Windows. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { win32 } from "node:path";
import { isSea } from "node:sea";
import { errorCode } from "../link/char-device.ts";
import { type Koffi, removeLeftovers } from "../native/koffi.ts";
import { addEventSource, removeEventSource } from "../native/windows/event-source.ts";
import { ServiceControl, type ServiceState, STATE } from "../native/windows/service-control.ts";
import { ERROR, Win32Error } from "../native/windows/win32-error.ts";
import {
  ServiceError,
  type ServiceManager,
  type ServiceOptions,
  type ServiceOutcome,
} from "./service-manager.ts";
import { windowsCommandLine } from "./windows-command-line.ts";

/** Name of the service, and of its lines in the event log. */
export const SERVICE_NAME = "BallastAgent";

const PROGRAM = "Ballast\\ballast-agent.exe";
const CHANGE_LIMIT_MS = 30_000;
const UNUSED_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 200;

/** The verbs on this system. */
export function windowsServices(koffi: Koffi): ServiceManager {
  const control = new ServiceControl(koffi);
  return {
    install: explained((options) => install(koffi, control, options)),
    uninstall: explained(() => uninstall(koffi, control)),
    start: explained(() => start(control)),
    stop: explained(() => stop(control)),
    status: explained(async () => status(control)),
  };
}

async function install(
  koffi: Koffi,
  control: ServiceControl,
  options: ServiceOptions,
): Promise<ServiceOutcome> {
  if (!isSea()) throw new ServiceError("only the packaged executable can install itself");
  // A running program cannot be replaced.
  if (control.query(SERVICE_NAME)) await stop(control);
  const program = installProgram();
  addEventSource(koffi, SERVICE_NAME);
  control.define({
    name: SERVICE_NAME,
    displayName: "Ballast guest agent",
    description:
      "Reports to the Ballast broker on the host what this guest's memory is used for, and demands memory in time.",
    commandLine: windowsCommandLine([program, "run", "--service", ...options.runArguments]),
  });
  const { lines, fine } = await start(control);
  return { lines: [`installed ${program}`, ...lines], fine };
}

async function uninstall(koffi: Koffi, control: ServiceControl): Promise<ServiceOutcome> {
  const known = control.query(SERVICE_NAME) !== undefined;
  if (known) {
    await stop(control);
    control.remove(SERVICE_NAME);
  }
  removeEventSource(koffi, SERVICE_NAME);
  const lines = known ? [`removed the service ${SERVICE_NAME}`] : ["the agent is not installed"];
  return { lines: [...lines, ...(await removeProgram(programPath()))], fine: true };
}

async function start(control: ServiceControl): Promise<ServiceOutcome> {
  expectInstalled(control);
  control.start(SERVICE_NAME);
  await changed(control, STATE.startPending);
  return status(control);
}

async function stop(control: ServiceControl): Promise<ServiceOutcome> {
  expectInstalled(control);
  control.stop(SERVICE_NAME);
  const now = await changed(control, STATE.stopPending);
  if (now?.state === STATE.stopped) return { lines: [`${SERVICE_NAME} is stopped`], fine: true };
  throw new ServiceError(
    `the service ${SERVICE_NAME} does not stop: end its process ${now?.processId} by hand`,
  );
}

function status(control: ServiceControl): ServiceOutcome {
  const now = control.query(SERVICE_NAME);
  if (!now) return { lines: [`${SERVICE_NAME} is not installed`], fine: false };
  const log = "its log: Event Viewer, Windows Logs, Application, source BallastAgent";
  if (now.state === STATE.running)
    return { lines: [`${SERVICE_NAME} runs as process ${now.processId}`, log], fine: true };
  const name =
    Object.entries(STATE).find(([, number]) => number === now.state)?.[0] ?? `in state ${now.state}`;
  const why = now.exitCode === 0 ? "" : ` (Windows error ${now.exitCode})`;
  return { lines: [`${SERVICE_NAME} is ${name}${why}`, log], fine: false };
}

function expectInstalled(control: ServiceControl): void {
  if (!control.query(SERVICE_NAME))
    throw new ServiceError('the agent is not installed: run "ballast-agent install" first');
}

/** Waits while the service is in `passing` state. */
async function changed(control: ServiceControl, passing: number): Promise<ServiceState | undefined> {
  const deadlineMs = performance.now() + CHANGE_LIMIT_MS;
  for (;;) {
    const now = control.query(SERVICE_NAME);
    if (now?.state !== passing || performance.now() > deadlineMs) return now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function programPath(): string {
  return win32.join(process.env["ProgramFiles"] ?? "C:\\Program Files", PROGRAM);
}

/** Copies this executable to where only administrators may write. */
function installProgram(): string {
  const target = programPath();
  if (process.execPath.toLowerCase() === target.toLowerCase()) return target;
  const fresh = `${target}.new`;
  try {
    mkdirSync(win32.dirname(target), { recursive: true });
    copyFileSync(process.execPath, fresh);
    renameSync(fresh, target);
    return target;
  } catch (cause) {
    remove(fresh);
    throw new ServiceError(
      `${target} cannot be written (${errorCode(cause) ?? cause}): ${AS_ADMINISTRATOR}`,
      { cause },
    );
  }
}

/** Removes the program at `target` and what its starts left beside it, then its folder, if nothing else lies there; tells what it did. */
async function removeProgram(target: string): Promise<string[]> {
  const folder = win32.dirname(target);
  if (!existsSync(folder)) return [];
  remove(`${target}.new`);
  // Windows keeps a running program: this one, or the service's for a moment after it has stopped.
  const isOwn = process.execPath.toLowerCase() === target.toLowerCase();
  if (isOwn || !(await removedWithin(target, UNUSED_LIMIT_MS)))
    return [`${target} is in use by this program: delete it by hand`];
  // Its process has ended: what it had loaded can be removed too.
  removeLeftovers(folder);
  try {
    rmdirSync(folder);
    return [`removed ${folder}`];
  } catch {
    return [`removed ${target}; ${folder} holds other files and stays`];
  }
}

async function removedWithin(path: string, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (!remove(path)) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

/** Whether the file is not there any more. */
function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    return errorCode(error) === "ENOENT";
  }
}

const AS_ADMINISTRATOR = "run it from a prompt that was opened as administrator";

type Verb = (options: ServiceOptions) => Promise<ServiceOutcome>;

/** Puts Windows' refusals into words for the admin. */
function explained(verb: Verb): Verb {
  return async (options) => {
    if (options.root !== undefined) throw new ServiceError("--root is for images of Linux");
    try {
      return await verb(options);
    } catch (cause) {
      if (!(cause instanceof Win32Error)) throw cause;
      const advice = cause.number === ERROR.accessDenied ? `: ${AS_ADMINISTRATOR}` : "";
      throw new ServiceError(`${cause.message}${advice}`, { cause });
    }
  };
}
