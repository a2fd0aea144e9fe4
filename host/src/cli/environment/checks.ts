/** What the broker will need on this machine, looked at without touching anything. */
import type { Config } from "../../config/config.ts";
import type { EnvironmentCheck, EnvironmentFinding, Roots } from "./finding.ts";
import { checkFolders } from "./folders.ts";
import { checkKsm, checkKsmControl, checkPressure } from "./kernel.ts";
import { checkMonitors } from "./monitors.ts";
import { checkSockets } from "./sockets.ts";
import { checkWebSocket } from "./websocket.ts";

const CHECKS: readonly EnvironmentCheck[] = [
  checkFolders,
  checkSockets,
  checkWebSocket,
  checkMonitors,
  checkPressure,
  checkKsm,
  checkKsmControl,
];

export async function checkEnvironment(config: Config, roots: Roots): Promise<EnvironmentFinding[]> {
  const findings: EnvironmentFinding[] = [];
  for (const look of CHECKS) findings.push(...(await look(config, roots)));
  return findings;
}
