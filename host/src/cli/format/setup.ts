/** `ballast setup proxmox`: what is to be done, as commands that can be typed, and what they mean. */
import { overrideLines } from "../../config/override-edit.ts";
import { harmlessText } from "../../model/foreign-text.ts";
import type { SetupDirection } from "../../proxmox/setup.ts";
import type { SetupChange, SetupPlan } from "../../proxmox/setup-plan.ts";
import { shellQuoted } from "./shell.ts";

export interface ShownSetup {
  readonly plan: SetupPlan;
  readonly direction: SetupDirection;
  /** Where a weight is kept. */
  readonly configPath: string;
}

const PART_TEXTS: Readonly<Record<string, string>> = {
  "agent-port": "the agent's port",
  monitor: "a monitor of its own",
  "deflate-on-oom": "deflate-on-oom as a last net",
};

/** The plan before anything is done. */
export function formatPlan(shown: ShownSetup): string[] {
  const { plan } = shown;
  const steps = plan.changes.flatMap((change) => [
    ...(change.kind === "hand-over" ? carriedText(shown) : []),
    `${changeText(shown, change)}:`,
    `  ${formatChange(change)}`,
  ]);
  const last =
    plan.changes.length > 0
      ? `Nothing is changed yet. To do it: ballast setup proxmox ${plan.guest.vmid}${shown.direction === "remove" ? " --remove" : ""} --apply`
      : nothingText(shown);
  return [headline(shown), ...steps, ...plan.notes.map(sentence), ...waitingText(shown), last];
}

/** After it was done: `done` is the plan that was carried out, `plan` what is left of it. */
export function formatOutcome(shown: ShownSetup & { readonly done: SetupPlan }): string[] {
  const { done, plan, direction, configPath } = shown;
  const carried =
    done.carriedShares === undefined
      ? []
      : [
          `Its weight of ${done.carriedShares} is in ${configPath} now, unless that says another. ballastd takes it at its next reload (SIGHUP).`,
        ];
  const unchanged = done.changes.length === 0 ? [nothingText({ ...shown, direction })] : [];
  return [...carried, ...plan.notes.map(sentence), ...waitingText(shown), ...unchanged];
}

/** For programs. */
export function setupJson({ plan, direction }: ShownSetup, isApplied: boolean): object {
  const { guest, isRunning, changes, carriedShares, waitsForRestart, notes } = plan;
  return {
    guest: `qemu/${guest.vmid}`,
    ...{ direction, running: isRunning, applied: isApplied },
    changes: changes.map(({ kind, argv, needsRestart, added }) => ({
      kind,
      command: argv,
      needsRestart,
      added,
    })),
    ...(carriedShares !== undefined && { overrides: { [`qemu/${guest.vmid}`]: { shares: carriedShares } } }),
    ...{ waitsForRestart, notes },
  };
}

/** The command as it is typed into a shell. */
export function formatChange({ argv }: SetupChange): string {
  const typed = argv.map(shellQuoted).join(" ");
  const shown = harmlessText(typed);
  return shown === typed ? shown : `${shown} (with characters that cannot be shown: use --apply)`;
}

function headline({ plan: { guest, isRunning } }: ShownSetup): string {
  const name = guest.name === undefined ? "" : ` (${harmlessText(guest.name)})`;
  return `qemu/${guest.vmid}${name}, ${isRunning ? "running" : "not running"}`;
}

function changeText(shown: ShownSetup, { kind, added, needsRestart }: SetupChange): string {
  if (kind === "hand-over") return "Hand it over from Proxmox's balancer to Ballast. It holds at once";
  if (kind === "give-back") return "Give it back to Proxmox's balancer. It holds at once";
  const what =
    shown.direction === "remove"
      ? "Take out the arguments of Ballast"
      : `Add ${listOf(added.map((part) => PART_TEXTS[part] ?? part))}`;
  return `${what}. ${whenText(shown, needsRestart)}`;
}

function whenText({ plan: { guest, isRunning } }: ShownSetup, needsRestart: boolean): string {
  if (needsRestart)
    return `It holds when Proxmox has started the guest anew (qm reboot ${guest.vmid}; a reboot from inside is not enough)`;
  return isRunning ? "It holds at once" : "It holds with the next start";
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function carriedText({ plan: { carriedShares, guest }, configPath }: ShownSetup): string[] {
  if (carriedShares === undefined) return [];
  return [
    `Keep its weight of ${carriedShares} in ${configPath}, since Proxmox forgets it at the hand-over (--apply does, unless a weight is there):`,
    ...overrideLines(`qemu/${guest.vmid}`, carriedShares).map((line) => `  ${line}`),
  ];
}

/** What can be had without the restart. */
function waitingText({ plan, direction }: ShownSetup): string[] {
  const { guest, isRunning, changes, waitsForRestart } = plan;
  const isWaiting = waitsForRestart || changes.some(({ needsRestart }) => needsRestart);
  if (!isRunning || !isWaiting) return [];
  if (direction === "remove")
    return [`Until qm reboot ${guest.vmid} the running guest keeps the arguments that it was started with.`];
  return [
    `Until qm reboot ${guest.vmid} Ballast borrows Proxmox's own monitor for moments at a time, and goes by the balloon's statistics.`,
    `More at once, without restart: an agent over WebSocket (ballast agent token qemu/${guest.vmid}).`,
  ];
}

function nothingText({ direction, plan: { guest, waitsForRestart } }: ShownSetup): string {
  if (direction === "remove") return "There is nothing of Ballast in its configuration.";
  const then = waitsForRestart
    ? ""
    : ` In the guest: install ballast-agent, then see ballast info qemu/${guest.vmid}.`;
  return `Its configuration has all that Ballast needs.${then}`;
}

function sentence(note: string): string {
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;
}
