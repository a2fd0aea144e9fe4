/**
 * What `ballast setup proxmox` changes in a guest's configuration, and how it is taken back: commands of Proxmox's own `qm`, one after the
 * other. Pure: configuration text in, commands out.
 */
import type { BallastPart } from "../qemu-arguments/ballast-arguments.ts";
import type { QemuDescription } from "../qemu-arguments/describe.ts";
import { type ConfigLine, readSections } from "./config-sections.ts";
import { integer } from "./config-values.ts";
import { leftAloneText } from "./entries.ts";
import { type ProxmoxGuest, type ProxmoxObjection, parseGuestConfig } from "./guest-config.ts";
import { argumentsFor, mergeArguments, presentParts, withoutOwnArguments } from "./own-arguments.ts";

/** What was found before the first change, for the way back; empty: nothing had to be changed. */
export interface SetupRecord {
  /** `args` without and with what was added; `before` is absent where there were none. */
  readonly args?: { readonly before?: string; readonly after: string };
  /** `before` is absent where there was no `shares` line. */
  readonly shares?: { readonly before?: number };
  /** The weight that was written into the broker's config. */
  readonly carriedShares?: number;
}

/** All that the plan depends on. */
export interface SetupSituation {
  readonly vmid: number;
  readonly configText: string;
  /** What the running guest was started with; it takes new arguments with its next start. Absent: it does not run. */
  readonly running?: Pick<QemuDescription, "monitors" | "agentSocket">;
  readonly deflateOnOom: boolean;
  /** Of an earlier `--apply` on this node. */
  readonly record?: SetupRecord;
}

/** One command. */
export interface SetupChange {
  readonly kind: "hand-over" | "give-back" | "arguments";
  /** Program and words. */
  readonly argv: readonly [program: "qm", ...words: string[]];
  /** It holds only when Proxmox has started the guest anew. */
  readonly needsRestart: boolean;
  /** Parts that it adds. */
  readonly added: readonly BallastPart[];
  /** What must be on disk before it is carried out, for the way back; absent on the way back. */
  readonly record?: SetupRecord;
}

/** What is to be done, in this order; without changes all is as it should be. */
export interface SetupPlan {
  readonly guest: ProxmoxGuest;
  readonly changes: readonly SetupChange[];
  /** The admin's weight, which Proxmox's configuration loses at the hand-over: it moves to the config of the broker. */
  readonly carriedShares?: number;
  readonly isRunning: boolean;
  /** The running guest was started without what its configuration has by now. */
  readonly waitsForRestart: boolean;
  readonly notes: readonly string[];
}

/** The guest cannot be set up; the message says why and what to do. */
export class SetupRefusedError extends Error {
  readonly code = "SETUP_REFUSED";
}

/** No balloon helps here, so nothing is set up for it. */
const HOPELESS: ReadonlySet<ProxmoxObjection> = new Set([
  "template",
  "no-balloon-device",
  "passthrough",
  "hugepages",
  "confidential",
]);

/** Throws {@link SetupRefusedError}, or `ArgsLineError` for `args` that Proxmox cannot read either. */
export function planSetup(situation: SetupSituation): SetupPlan {
  const { vmid, configText, record = {} } = situation;
  const guest = unlockedGuest(situation);
  if (guest.why.some((one) => HOPELESS.has(one)))
    throw new SetupRefusedError(`qemu/${vmid} is left alone: ${leftAloneText(guest)}`);
  const args = argsOf(configText);
  const shares = sharesLine(configText);
  const handOver = guest.handOver === undefined ? [] : [handOverOf(vmid, shares, record)];
  const merge = mergeOf(situation, args, handOver[0]?.record ?? record);
  return {
    guest,
    changes: [...handOver, ...merge],
    ...(handOver.length > 0 && shares !== undefined && { carriedShares: shares }),
    ...waiting(situation, args),
    notes: guest.why.includes("fixed-memory")
      ? [`its memory is fixed, so nothing is lent of it until it has a minimum: qm set ${vmid} --balloon MIB`]
      : [],
  };
}

/** The exact inverse of what was recorded; without record what has our ids goes. Throws as {@link planSetup} does. */
export function planRemoval(situation: SetupSituation): SetupPlan {
  const { vmid, configText, running, record } = situation;
  const guest = unlockedGuest(situation);
  const args = argsOf(configText);
  const former = formerArgs(args.next, record);
  const needsRestart = running !== undefined && former !== args.current;
  const changes: SetupChange[] = argsCommand(vmid, args, former).map((argv) => ({
    ...{ kind: "arguments", argv, needsRestart, added: [] },
  }));
  const isHandedOver = guest.shares === 0;
  if (record?.shares !== undefined && isHandedOver) changes.push(giveBackOf(vmid, record.shares));
  return {
    guest,
    changes,
    ...waiting(situation, args),
    notes:
      record?.shares === undefined && isHandedOver
        ? [
            `it was handed over by other means than this command on this node; to give it back to Proxmox's balancer: qm set ${vmid} --delete shares`,
          ]
        : [],
  };
}

/** Files are also edited by hand while a guest runs: its process tells what it was started with. */
function waiting(
  { vmid, running }: SetupSituation,
  { current, next }: ArgsSetting,
): Pick<SetupPlan, "isRunning" | "waitsForRestart"> {
  if (running === undefined) return { isRunning: false, waitsForRestart: false };
  const present = presentParts(current ?? "", vmid);
  const isWithoutPort = present.has("agent-port") && running.agentSocket === undefined;
  const isWithoutMonitor = present.has("monitor") && !running.monitors.some(({ usable }) => usable);
  return { isRunning: true, waitsForRestart: next !== current || isWithoutPort || isWithoutMonitor };
}

function unlockedGuest({ vmid, configText }: SetupSituation): ProxmoxGuest {
  const guest = parseGuestConfig(vmid, configText);
  if (guest.lock === undefined) return guest;
  throw new SetupRefusedError(
    `qemu/${vmid} is locked (${guest.lock}): run this again when Proxmox is done with it`,
  );
}

/** Shares first and alone: together with `balloon` Proxmox would move the balloon at once. */
function handOverOf(vmid: number, before: number | undefined, record: SetupRecord): SetupChange {
  return {
    kind: "hand-over",
    argv: ["qm", "set", `${vmid}`, "--shares", "0"],
    needsRestart: false,
    added: [],
    record: { ...record, shares: before === undefined ? {} : { before } },
  };
}

function giveBackOf(vmid: number, { before }: { readonly before?: number }): SetupChange {
  const words = before === undefined ? ["--delete", "shares"] : ["--shares", `${before}`];
  const argv = ["qm", "set", `${vmid}`, ...words] as const;
  return { kind: "give-back", argv, needsRestart: false, added: [] };
}

function mergeOf(
  { vmid, running, deflateOnOom, record = {} }: SetupSituation,
  args: ArgsSetting,
  kept: SetupRecord,
): SetupChange[] {
  const merged = mergeArguments(args.next ?? "", vmid, argumentsFor(vmid, deflateOnOom));
  if (merged === undefined) return [];
  const { text, before, added } = merged;
  const isAsLeft = record.args !== undefined && record.args.after === args.next;
  const former = isAsLeft ? record.args?.before : before;
  const argsRecord = { ...(former !== undefined && { before: former }), after: text };
  return argsCommand(vmid, args, text).map((argv) => ({
    kind: "arguments",
    argv,
    needsRestart: running !== undefined && text !== args.current,
    added,
    record: { ...kept, args: argsRecord },
  }));
}

/** What `args` becomes when ours goes. */
function formerArgs(line: string | undefined, record: SetupRecord | undefined): string | undefined {
  if (line === undefined) return undefined;
  const args = record?.args;
  if (args !== undefined && args.after === line) return args.before;
  // Nothing was added, or it is taken back already: what is there was there before.
  if (record !== undefined && (args === undefined || args.before === line)) return line;
  const rest = withoutOwnArguments(line);
  return rest === "" ? undefined : rest;
}

/** `args` now and with the next start. */
interface ArgsSetting {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

function argsOf(configText: string): ArgsSetting {
  const { current, pending } = readSections(configText);
  const now = lastOf(current, "args");
  const isDeleted = (lastOf(pending, "delete") ?? "")
    .split(/[,;\s]+/)
    .some((key) => key.replace(/^!/, "") === "args");
  return { current: now, next: lastOf(pending, "args") ?? (isDeleted ? undefined : now) };
}

function lastOf(lines: readonly ConfigLine[], key: string): string | undefined {
  return lines.findLast((line) => line.key === key)?.value;
}

/** The `shares` line that Proxmox reads; absent: its default holds. */
function sharesLine(configText: string): number | undefined {
  const values = readSections(configText).current.flatMap(({ key, value }) =>
    key === "shares" ? (integer(value) ?? []) : [],
  );
  return values.at(-1);
}

/** None where the next start has the wanted `args` already. Back to what the guest runs with: its pending change is dropped. */
function argsCommand(
  vmid: number,
  { current, next }: ArgsSetting,
  wanted: string | undefined,
): ["qm", ...string[]][] {
  if (wanted === next) return [];
  const words =
    wanted === current
      ? ["--revert", "args"]
      : wanted === undefined
        ? ["--delete", "args"]
        : ["--args", wanted];
  return [["qm", "set", `${vmid}`, ...words]];
}
