/** `ballast ksm [status|on|off|unmerge]`: shows what is shared and what it costs, and takes the admin's commands. */
import { setTimeout as sleep } from "node:timers/promises";
import { BrokerRefusedError, BrokerUnreachableError } from "../../exit.ts";
import type { UnmergeProgress } from "../../model/ksm-status.ts";
import type { KsmCommand, KsmRepair } from "../../model/status.ts";
import type { ControlClient } from "../client/control-client.ts";
import { formatKsm, formatRepair } from "../format/ksm.ts";
import { formatSize } from "../format/sizes.ts";
import { printJson, type Terminal } from "../terminal.ts";

const LOOK_MS = 500;

export interface KsmOptions {
  readonly json?: boolean;
}

export interface KsmContext {
  readonly client: ControlClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Without a broker: reads the kernel itself, and restores what a crashed broker changed. */
  readonly repair: () => Promise<KsmRepair>;
}

export async function ksm(
  action: "status" | KsmCommand,
  options: KsmOptions,
  context: KsmContext,
): Promise<void> {
  if (action === "status") return showKsm(options, context);
  const { client, terminal } = context;
  const done = await client.commandKsm(action);
  if (action === "unmerge" && options.json !== true) terminal.out(done.text);
  if (action !== "unmerge") return options.json ? printJson(terminal, done) : terminal.out(done.text);
  const progress = await follow(options, context);
  if (options.json) printJson(terminal, progress ?? done);
  if (progress?.state === "failed" || progress?.state === "stopped")
    throw new BrokerRefusedError("refused", progress.text);
}

async function showKsm({ json }: KsmOptions, { client, terminal, repair }: KsmContext): Promise<void> {
  try {
    const report = await client.ksm();
    if (json) return printJson(terminal, report);
    for (const line of formatKsm(report, terminal.paint)) terminal.out(line);
  } catch (error) {
    if (!(error instanceof BrokerUnreachableError)) throw error;
    const repaired = await repair();
    if (json) printJson(terminal, repaired);
    else for (const line of formatRepair(repaired)) terminal.out(line);
    throw error;
  }
}

/** Shows the progress until the job ends. An interrupt ends only the display. */
async function follow(
  { json }: KsmOptions,
  { client, terminal, signal }: KsmContext,
): Promise<UnmergeProgress | undefined> {
  for (;;) {
    const progress = (await client.ksm()).ksm?.unmerge;
    if (progress === undefined || progress.state !== "running" || signal.aborted) {
      if (progress !== undefined && json !== true) terminal.out(progress.text);
      return progress;
    }
    const { startBytes, leftBytes } = progress;
    const percent = startBytes > 0 ? Math.floor((100 * (startBytes - leftBytes)) / startBytes) : 100;
    if (json !== true)
      terminal.out(`${percent} %: ${formatSize(leftBytes)} of ${formatSize(startBytes)} are left`);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
