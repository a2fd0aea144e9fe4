/** Checks what the broker will need on this machine, without changing anything. */
import type { Config } from "../../config/config.ts";
import type { FoundGuests } from "../../model/inventory.ts";
import { checkControlToken } from "./control-token.ts";
import type { EnvironmentCheck, EnvironmentFinding, Roots } from "./finding.ts";
import { checkFolders } from "./folders.ts";
import { judgeFoundGuests } from "./found-guests.ts";
import { checkKsm, checkKsmControl, checkPressure } from "./kernel.ts";
import { checkMonitors } from "./monitors.ts";
import { checkSockets } from "./sockets.ts";
import { checkWebSocket } from "./websocket.ts";

/** Looks once which guests there are. */
export type FindGuests = (config: Config) => Promise<FoundGuests>;

const CHECKS: readonly EnvironmentCheck[] = [
  checkFolders,
  checkSockets,
  checkWebSocket,
  checkControlToken,
  checkMonitors,
  checkPressure,
  checkKsm,
  checkKsmControl,
];

/** `find` lists all guests, those of the config and those that inventories find. */
export async function checkEnvironment(
  config: Config,
  roots: Roots,
  find: FindGuests,
): Promise<EnvironmentFinding[]> {
  const found = await find(config);
  const whole = { ...config, guests: found.entries };
  const findings = judgeFoundGuests(found);
  for (const look of CHECKS) findings.push(...(await look(whole, roots)));
  return findings;
}
