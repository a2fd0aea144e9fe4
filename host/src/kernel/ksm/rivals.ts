/** Other programs that set KSM's knobs. Two programs on one knob undo each other's work. */
import { join } from "node:path";
import { processNames, textOf } from "../proc-files.ts";

interface Rival {
  /** Matched against the process's name; scripts have their file's. */
  readonly name: RegExp;
  readonly called: string;
  readonly unit: string;
  readonly stop: string;
}

const RIVALS: readonly Rival[] = [
  {
    name: /^ksmtuned$/,
    called: "ksmtuned",
    unit: "ksmtuned.service",
    stop: "systemctl disable --now ksmtuned",
  },
  {
    name: /^momd$/,
    called: "MOM",
    unit: "mom-vdsm.service",
    stop: "systemctl disable --now mom-vdsm momd",
  },
  { name: /^uksmd$/, called: "uksmd", unit: "uksmd.service", stop: "systemctl disable --now uksmd" },
];

/** The other program that controls KSM and what to do about it, in words; undefined: none is known. */
export async function findRival(procRoot: string, cgroupRoot: string): Promise<string | undefined> {
  const names = await processNames(procRoot);
  for (const rival of RIVALS) {
    const process = [...names].find(([, name]) => rival.name.test(name));
    if (process !== undefined) return `${rival.called} (process ${process[0]}) holds it; ${rival.stop}`;
    const isActive = await hasProcesses(join(cgroupRoot, "system.slice", rival.unit));
    if (isActive) return `${rival.called} (${rival.unit}) holds it; ${rival.stop}`;
  }
  return undefined;
}

/** Whether a unit's cgroup (version 2) holds any process. */
async function hasProcesses(folder: string): Promise<boolean> {
  return /\d/.test((await textOf(join(folder, "cgroup.procs"))) ?? "");
}
