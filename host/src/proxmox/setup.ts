/** Carries out what a guest of Proxmox needs, and takes it back: one command, then the configuration is read and planned anew. */
import { createHash } from "node:crypto";
import type { QemuDescription } from "../qemu-arguments/describe.ts";
import { configText, localNode } from "./cluster-files.ts";
import type { Qm } from "./qm.ts";
import {
  planRemoval,
  planSetup,
  type SetupChange,
  type SetupPlan,
  type SetupRecord,
  SetupRefusedError,
} from "./setup-plan.ts";

/** Hand-over and arguments, and a look that nothing is left. */
const MOST_STEPS = 4;

/** Where it is kept what was found before the first change. */
export interface SetupRecords {
  load(vmid: number): Promise<SetupRecord | undefined>;
  /** On disk when it resolves. */
  save(vmid: number, record: SetupRecord): Promise<void>;
  clear(vmid: number): Promise<void>;
}

/** Keeps the admin's weight in the broker's config. */
export interface CarriedShares {
  /** Resolves whether the config says this weight now; not where the admin wrote another. */
  add(guest: string, shares: number): Promise<boolean>;
  /** Takes it out if it is still this one. */
  remove(guest: string, shares: number): Promise<boolean>;
}

export interface SetupOptions {
  readonly vmid: number;
  /** Where Proxmox keeps the cluster's files. */
  readonly folder: string;
  readonly deflateOnOom: boolean;
  /** The guest's QEMU, if it runs here. */
  readonly running: () => Promise<QemuDescription | undefined>;
  readonly records: SetupRecords;
}

/** What changes things. */
export interface SetupTools {
  readonly qm: Qm;
  readonly shares: CarriedShares;
}

/** `set-up`, or the way back. */
export type SetupDirection = "set-up" | "remove";

/** What would be done now; changes nothing. */
export async function lookAtSetup(options: SetupOptions, direction: SetupDirection): Promise<SetupPlan> {
  return (await readAndPlan(options, direction)).plan;
}

/** Does it, in steps; `onDone` hears of each. Resolves with the plan that is left: without changes. */
export async function applySetup(
  options: SetupOptions,
  direction: SetupDirection,
  tools: SetupTools,
  onDone: (change: SetupChange) => void,
): Promise<SetupPlan> {
  for (let step = 0; step < MOST_STEPS; step++) {
    const { plan, digest } = await readAndPlan(options, direction);
    const [change] = plan.changes;
    if (change === undefined) {
      await (direction === "remove" ? finishRemoval(options, tools) : finishSetup(options));
      return plan;
    }
    if (change.record !== undefined) await keep(options, change, plan, tools);
    const [, ...words] = change.argv;
    // So that qm refuses when the configuration is not the one any more that the command was made for.
    await tools.qm([...words, "--digest", digest]);
    onDone(change);
  }
  throw new SetupRefusedError(
    `qm changed the configuration of qemu/${options.vmid} otherwise than it was told: look at qm pending ${options.vmid}`,
  );
}

async function readAndPlan(options: SetupOptions, direction: SetupDirection) {
  const { vmid, deflateOnOom } = options;
  const text = await readConfig(options);
  const [running, record] = await Promise.all([options.running(), options.records.load(vmid)]);
  const situation = {
    ...{ vmid, configText: text, deflateOnOom },
    ...(running !== undefined && { running }),
    ...(record !== undefined && { record }),
  };
  const plan = direction === "remove" ? planRemoval(situation) : planSetup(situation);
  return { plan, digest: createHash("sha1").update(text).digest("hex") };
}

async function readConfig({ folder, vmid }: SetupOptions): Promise<string> {
  const node = await localNode(folder);
  const text = await configText(folder, node, vmid);
  if (text !== undefined) return text;
  throw new SetupRefusedError(
    `qemu/${vmid} is no guest of this node (${node}): run this on the node that it is on`,
  );
}

/** The weight goes to our config before Proxmox's forgets it, the record to disk before anything changes. */
async function keep(
  { vmid, records }: SetupOptions,
  { record = {} }: SetupChange,
  { carriedShares }: SetupPlan,
  { shares }: SetupTools,
): Promise<void> {
  const isCarried = carriedShares !== undefined && (await shares.add(`qemu/${vmid}`, carriedShares));
  await records.save(vmid, isCarried ? { ...record, carriedShares } : record);
}

async function finishSetup({ vmid, records }: SetupOptions): Promise<void> {
  if ((await records.load(vmid)) === undefined) await records.save(vmid, {});
}

async function finishRemoval({ vmid, records }: SetupOptions, { shares }: SetupTools): Promise<void> {
  const { carriedShares } = (await records.load(vmid)) ?? {};
  if (carriedShares !== undefined) await shares.remove(`qemu/${vmid}`, carriedShares);
  await records.clear(vmid);
}
