/** `ballast fleet [advise]`: what all hosts of the fleet tell. Reads the fleet itself, so it works beside a broker that is away. */
import { loadConfig } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { UsageError } from "../../exit.ts";
import { advise } from "../../fleet/advise.ts";
import { readFleet } from "../../fleet/read-fleet.ts";
import type { HostSummary } from "../../model/fleet.ts";
import { formatAdvice, formatFleet } from "../format/fleet.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface FleetOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** Prints all hosts. */
export async function showFleet(options: FleetOptions, terminal: Terminal): Promise<void> {
  const hosts = await hostsOf(options.config);
  if (options.json) printJson(terminal, { hosts });
  else for (const line of formatFleet(hosts, Date.now(), terminal.paint)) terminal.out(line);
}

/** Prints which guest to move where; moving stays with the admin and the platform. */
export async function adviseFleet(options: FleetOptions, terminal: Terminal): Promise<void> {
  const advice = advise(await hostsOf(options.config), Date.now());
  if (options.json) printJson(terminal, advice);
  else for (const line of formatAdvice(advice)) terminal.out(line);
}

async function hostsOf(path: string): Promise<HostSummary[]> {
  const result = await loadConfig(path);
  if (!result.ok) throw new UsageError(result.problems.map(formatProblem).join("\n"));
  const { fleet } = result.config;
  if (fleet === undefined)
    throw new UsageError(`${path} names no fleet: write fleet: { nats: "nats://HOST:4222" }`);
  return readFleet(fleet);
}
