/** `ballast setup proxmox VMID`: what a guest of Proxmox lacks, and the way back. Needs no broker; changes nothing without `--apply`. */
import { loadConfig } from "../../config/load.ts";
import { addShares, removeShares } from "../../config/override-file.ts";
import { formatProblem } from "../../config/problem.ts";
import { UsageError } from "../../exit.ts";
import { createQemuProcessLister } from "../../kernel/qemu-processes.ts";
import { runQm } from "../../proxmox/qm.ts";
import { runningQemu } from "../../proxmox/running.ts";
import { applySetup, lookAtSetup, type SetupDirection, type SetupOptions } from "../../proxmox/setup.ts";
import { SetupRecordFiles } from "../../state/setup-record-file.ts";
import { formatChange, formatOutcome, formatPlan, setupJson } from "../format/setup.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface SetupProxmoxOptions {
  readonly apply?: boolean;
  readonly remove?: boolean;
  readonly deflateOnOom: boolean;
  /** The broker's config: it names the state folder and keeps the weights. */
  readonly config: string;
  readonly json?: boolean;
}

export interface SetupContext {
  readonly terminal: Terminal;
  readonly procRoot: string;
}

export async function setupProxmox(
  vmid: number,
  options: SetupProxmoxOptions,
  context: SetupContext,
): Promise<void> {
  const { terminal } = context;
  const direction: SetupDirection = options.remove ? "remove" : "set-up";
  const place = await placeOf(vmid, options, context);
  const plan = await lookAtSetup(place, direction);
  const shown = { plan, direction, configPath: options.config };
  if (!options.apply) {
    if (options.json) return printJson(terminal, setupJson(shown, false));
    return formatPlan(shown).forEach(terminal.out);
  }
  const left = await applySetup(place, direction, toolsOf(options), (change) => {
    if (!options.json) terminal.out(`done: ${formatChange(change)}`);
  });
  if (options.json) return printJson(terminal, setupJson(shown, true));
  formatOutcome({ ...shown, plan: left, done: plan }).forEach(terminal.out);
}

function toolsOf({ config }: SetupProxmoxOptions) {
  return {
    qm: runQm,
    shares: {
      add: (guest: string, shares: number) => addShares(config, guest, shares),
      remove: (guest: string, shares: number) => removeShares(config, guest, shares),
    },
  };
}

async function placeOf(
  vmid: number,
  { config: path, deflateOnOom }: SetupProxmoxOptions,
  { procRoot }: SetupContext,
): Promise<SetupOptions> {
  const result = await loadConfig(path);
  if (!result.ok) throw new UsageError(result.problems.map(formatProblem).join("\n"));
  const { inventories, stateDir } = result.config;
  const processes = createQemuProcessLister({ procRoot });
  return {
    ...{ vmid, deflateOnOom, folder: inventories.proxmox.folder },
    running: () => runningQemu(processes, vmid),
    records: new SetupRecordFiles(stateDir),
  };
}
