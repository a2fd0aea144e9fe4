/** Checks whether the guests' QEMU monitors answer and whether their balloons deflate on OOM. Changes nothing. */
import { stat } from "node:fs/promises";
import type { Config } from "../../config/config.ts";
import { BrokerUnreachableError } from "../../exit.ts";
import { createMonitorWatch } from "../../kernel/monitor-watch.ts";
import { createProcessMemoryReader } from "../../kernel/qemu-process.ts";
import type { GuestEntry } from "../../model/inventory.ts";
import type { QmpExecutor } from "../../qmp/client.ts";
import { qomGet, qomList } from "../../qmp/commands.ts";
import { QmpCommandError, QmpError, QmpLeaseBusyError } from "../../qmp/errors.ts";
import { LeaseClient } from "../../qmp/lease/lease-client.ts";
import { systemTimers } from "../../timing/timers.ts";
import { ControlClient } from "../client/control-client.ts";
import type { EnvironmentFinding, Roots } from "./finding.ts";

/** Devices with an id are in the first, those without in the second. */
const DEVICE_FOLDERS = ["/machine/peripheral", "/machine/peripheral-anon"];
/** At most this many monitors are queried at a time. */
const AT_ONCE = 16;
/** For answers that are still owed at the end. */
const LEAVE_WITHIN_MS = 100;

const UNSEEN =
  "its QEMU process is not found, so the guest will count with its whole size; look again as root and outside of containers, with ss (iproute2) installed: as ballastd will run";

type Answer = Omit<EnvironmentFinding, "check">;

/** While a broker runs, it uses the monitors: `ballast status` then tells what is wrong with them. */
export async function checkMonitors(
  { guests, controlSocket }: Config,
  { proc }: Roots,
): Promise<readonly EnvironmentFinding[]> {
  if (guests.length === 0) return [];
  if (await isBrokerRunning(controlSocket)) {
    return [{ check: "monitors", level: "ok", text: "used by the running ballastd: see ballast status" }];
  }
  const findings: EnvironmentFinding[] = [];
  for (let first = 0; first < guests.length; first += AT_ONCE) {
    const answers = await Promise.all(
      guests.slice(first, first + AT_ONCE).map((guest) => lookAt(guest, proc)),
    );
    findings.push(...answers.flat());
  }
  const answering = guests.filter(({ name }) =>
    findings.some(({ check, level }) => check === balloonOf(name) && level !== "fail"),
  );
  return [...findings, ...(await lookForProcesses(answering, proc))];
}

async function isBrokerRunning(controlSocket: string): Promise<boolean> {
  try {
    await new ControlClient(controlSocket).health();
    return true;
  } catch (error) {
    return !(error instanceof BrokerUnreachableError);
  }
}

function balloonOf(name: string): string {
  return `balloon of ${name}`;
}

/** Only processes that cannot be found become findings. */
async function lookForProcesses(
  guests: readonly GuestEntry[],
  procRoot: string,
): Promise<EnvironmentFinding[]> {
  const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const processes = createProcessMemoryReader({ clock, procRoot });
  try {
    const found = await Promise.all(guests.map(({ qmpPath }) => processes.read(qmpPath)));
    return guests
      .filter((_, i) => found[i] === undefined)
      .map(({ name }) => ({ check: `process of ${name}`, level: "warn", text: UNSEEN }));
  } finally {
    await processes.close();
  }
}

async function lookAt(
  { name, qmpPath, domainUuid }: GuestEntry,
  procRoot: string,
): Promise<EnvironmentFinding[]> {
  // libvirt keeps that monitor to itself.
  if (domainUuid !== undefined) return [];
  if (!(await isThere(qmpPath))) return [];
  const answer = await ask(qmpPath, procRoot);
  return [{ check: balloonOf(name), ...answer }];
}

/** A guest that does not run is a finding already. */
async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isSocket();
  } catch {
    return false;
  }
}

/** As a lease: to wait for a monitor's turn and give up would block its queue for the programs that use it. */
async function ask(path: string, procRoot: string): Promise<Answer> {
  const watch = createMonitorWatch({ procRoot });
  const qmp = new LeaseClient({
    path,
    // Even one that was only just started may be asked for once.
    watch: async (monitor) => ({ queue: (await watch(monitor)).queue }),
    timers: systemTimers(),
    random: Math.random,
    onUp: () => {},
    onDown: () => {},
  });
  try {
    return await judgeBalloon(qmp);
  } catch (error) {
    const level = error instanceof QmpLeaseBusyError ? "warn" : "fail";
    const text = error instanceof QmpError ? error.inWords : String(error);
    return { level, text };
  } finally {
    await qmp.close(LEAVE_WITHIN_MS);
  }
}

async function judgeBalloon(qmp: QmpExecutor): Promise<Answer> {
  const device = await findBalloon(qmp);
  if (device === undefined) {
    return {
      level: "fail",
      text: "the guest has no balloon: add -device virtio-balloon-pci and restart it",
    };
  }
  if (await deflatesOnOom(qmp, device)) return { level: "ok", text: `${device}, with deflate-on-oom` };
  const advice = "recommended as a last net: deflate-on-oom=on (libvirt: <memballoon autodeflate='on'>)";
  return { level: "warn", text: `${device} is without deflate-on-oom; ${advice}` };
}

async function findBalloon(qmp: QmpExecutor): Promise<string | undefined> {
  for (const folder of DEVICE_FOLDERS) {
    const entries = await qomList(qmp, folder);
    const found = entries.find(({ type }) => type.startsWith("child<virtio-balloon"));
    if (found !== undefined) return `${folder}/${found.name}`;
  }
  return undefined;
}

async function deflatesOnOom(qmp: QmpExecutor, device: string): Promise<boolean> {
  try {
    return (await qomGet(qmp, device, "deflate-on-oom")) === true;
  } catch (error) {
    if (error instanceof QmpCommandError) return false;
    throw error;
  }
}
