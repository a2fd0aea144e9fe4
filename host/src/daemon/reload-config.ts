/** Reads the config anew and tells all parts. */
import { isDeepStrictEqual } from "node:util";
import type { Broker } from "../broker/broker.ts";
import type { EventLog } from "../broker/event-log.ts";
import type { KsmController } from "../broker/ksm/ksm-controller.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { formatProblem } from "../config/problem.ts";
import type { GuestFinder } from "./guest-finder.ts";
import type { Libvirt } from "./libvirt.ts";
import type { BrokerLog } from "./log/log.ts";
import { type ReloadRequest, reloadRefusal } from "./reload.ts";
import { brokerSettings, guestSearch, ksmSettings, startText } from "./settings.ts";

/** What a reload may change. */
export interface ReloadableParts {
  readonly broker: Broker;
  readonly ksm: KsmController;
  readonly finder: GuestFinder;
  readonly libvirt: Libvirt | undefined;
  readonly events: EventLog;
  readonly log: BrokerLog;
}

/** A config with errors, or one that looks like a broken file, changes nothing. */
export async function reloadConfig(
  path: string,
  running: Config,
  { broker, ksm, finder, libvirt, events, log }: ReloadableParts,
): Promise<void> {
  const result = await loadConfig(path);
  for (const problem of result.warnings) events.add("warn", "reloaded", formatProblem(problem));
  const refusals = result.ok ? refusalsOf(path, broker, result) : result.problems.map(formatProblem);
  for (const text of refusals) events.add("error", "reload-refused", text);
  if (!result.ok || refusals.length > 0) {
    events.add("error", "reload-refused", "the old settings stay in force");
    return;
  }
  const { config } = result;
  log.setLevel(config.logLevel);
  const { written, inventories } = guestSearch(config, libvirt);
  await finder.change(written, inventories);
  await broker.reconfigure(brokerSettings(config), await finder.find());
  ksm.reconfigure(ksmSettings(config));
  for (const key of needRestart(running, config)) {
    events.add("warn", "reloaded", `${key} has changed: that takes effect when ballastd is started again`);
  }
  events.add("info", "reloaded", startText({ ...config, controlSocket: running.controlSocket }));
}

function refusalsOf(path: string, broker: Broker, request: ReloadRequest): string[] {
  const listed = broker.records().filter(({ entry }) => entry.source === "static");
  const guests = listed.map(({ entry }) => entry.name);
  const refusal = reloadRefusal({ mode: broker.settings.policy.mode, guests }, request);
  return refusal === undefined ? [] : [`${path}: ${refusal}`];
}

/** Keys that are read once, at the start. */
function needRestart(running: Config, config: Config): string[] {
  const changed = {
    "control.socket": running.controlSocket !== config.controlSocket,
    "control.http": JSON.stringify(running.http) !== JSON.stringify(config.http),
    state: running.stateDir !== config.stateDir,
    fleet: JSON.stringify(running.fleet) !== JSON.stringify(config.fleet),
    "agents.websocket": JSON.stringify(running.websocket) !== JSON.stringify(config.websocket),
    "guests.libvirt": !isDeepStrictEqual(running.inventories.libvirt, config.inventories.libvirt),
    "ksm.folder": running.ksm.folder !== config.ksm.folder,
    "tuning.staleAfter": running.policy.tuning.staleAfterMs !== config.policy.tuning.staleAfterMs,
  };
  return Object.entries(changed).flatMap(([key, isChanged]) => (isChanged ? [key] : []));
}
