/** Wires one broker together and keeps it running until it is told to stop. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { openAgentPort } from "./agent-ports.ts";
import { Broker } from "./broker/broker.ts";
import { Diary } from "./broker/diary.ts";
import { KsmKeeper } from "./broker/ksm/keeper.ts";
import type { KsmKeeperSettings } from "./broker/ksm/ports.ts";
import type { BrokerPorts, BrokerSettings } from "./broker/ports.ts";
import { View } from "./broker/view.ts";
import { VERSION } from "./cli/version.ts";
import { createHeldPort } from "./collect/host/held.ts";
import { createHostPort } from "./collect/host/read.ts";
import { createMachine } from "./collect/machine/machine.ts";
import type { Config } from "./config/config.ts";
import { loadConfig } from "./config/load.ts";
import { formatProblem } from "./config/problem.ts";
import { createHoldFile } from "./control/hold-file.ts";
import { ksmPortsOf } from "./ksm-ports.ts";
import type { BrokerLog } from "./log.ts";
import type { Clock } from "./model/ports.ts";
import { startControlServer } from "./serve/server.ts";
import { startWebSocketAgents, type WebSocketAgents } from "./websocket-agents.ts";

/** What agents are told: four heartbeats within the time that makes a report stale. */
const HEARTBEAT_SHARE = 1 / 4;

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. Rejects when the control socket cannot be had. */
export async function runDaemon(path: string, config: Config, log: BrokerLog): Promise<void> {
  const clock: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const diary = new Diary(clock, log);
  const held = createHeldPort({ clock });
  const agents = await startAgents(config, clock, diary);
  const broker = new Broker(portsFor(config, clock, log, held, agents), diary, brokerSettings(config));
  const ksm = new KsmKeeper({ clock, ...ksmPortsOf(config, log) }, broker, diary, ksmSettings(config));
  const view = new View(broker, diary, clock, VERSION, ksm);
  const told = stopSignal();
  const server = await startControlServer({ socketPath: config.controlSocket, view, log });
  diary.note("info", "started", startText(config));
  const started = broker.start(config.guests).then(() => ksm.start());
  // One after the other: two reloads at a time would mix two configs.
  let reloads = started;
  process.on("SIGHUP", () => {
    reloads = reloads.then(() => reloadConfig(path, config, { broker, ksm }, diary, log));
    reloads = reloads.then(() => agents?.reload());
  });
  const signal = await told;
  await reloads;
  const balloons = broker.settings.onStop === "hold" ? "left as they are" : "released";
  diary.note("info", "stopping", `${signal}: balloons are ${balloons}`);
  await ksm.stop();
  await broker.stop();
  await agents?.close();
  await server.close();
  await held.close();
}

function portsFor(
  config: Config,
  clock: Clock,
  log: BrokerLog,
  held: ReturnType<typeof createHeldPort>,
  agents: WebSocketAgents | undefined,
): BrokerPorts {
  const agentOptions = { clock, log, gate: agents?.gate, ...channelSettings(config) };
  return {
    clock,
    held,
    host: createHostPort(),
    holds: createHoldFile(join(config.stateDir, "holds.json"), log),
    machine: (entry, listener) =>
      createMachine({
        name: entry.name,
        qmpPath: entry.qmpPath,
        clock,
        log,
        listener,
        lockedBytes: (qmpPath) => held.lockedBytes(qmpPath),
      }),
    agent: (entry, listener) => openAgentPort(entry, listener, agentOptions),
  };
}

function channelSettings({ policy }: Config) {
  const { staleAfterMs } = policy.tuning;
  return { staleAfterMs, tuning: { heartbeatMs: Math.round(staleAfterMs * HEARTBEAT_SHARE) } };
}

async function startAgents(config: Config, clock: Clock, diary: Diary): Promise<WebSocketAgents | undefined> {
  if (config.websocket === undefined) return undefined;
  return startWebSocketAgents({
    settings: config.websocket,
    clock,
    note: (level, text) => diary.note(level, "agent", text),
    ...channelSettings(config),
  });
}

function brokerSettings(config: Config): BrokerSettings {
  return { policy: config.policy, tickMs: config.tickMs, onStop: config.onStop };
}

function ksmSettings({ ksm, policy }: Config): KsmKeeperSettings {
  return { ksm, act: policy.mode === "act" };
}

/** A config that is not understood changes nothing. */
async function reloadConfig(
  path: string,
  running: Config,
  { broker, ksm }: { readonly broker: Broker; readonly ksm: KsmKeeper },
  diary: Diary,
  log: BrokerLog,
): Promise<void> {
  const result = await loadConfig(path);
  for (const problem of result.warnings) diary.note("warn", "reloaded", formatProblem(problem));
  if (!result.ok) {
    for (const problem of result.problems) diary.note("error", "reload-refused", formatProblem(problem));
    diary.note("error", "reload-refused", "the old settings stay in force");
    return;
  }
  const { config } = result;
  log.setLevel(config.logLevel);
  await broker.reconfigure(brokerSettings(config), config.guests);
  ksm.reconfigure(ksmSettings(config));
  for (const key of needRestart(running, config)) {
    diary.note("warn", "reloaded", `${key} has changed: that takes effect when ballastd is started again`);
  }
  diary.note("info", "reloaded", startText({ ...config, controlSocket: running.controlSocket }));
}

/** Keys that are read once, at the start. */
function needRestart(running: Config, config: Config): string[] {
  const changed = {
    "control.socket": running.controlSocket !== config.controlSocket,
    state: running.stateDir !== config.stateDir,
    "agents.websocket": JSON.stringify(running.websocket) !== JSON.stringify(config.websocket),
    "ksm.folder": running.ksm.folder !== config.ksm.folder,
    "tuning.staleAfter": running.policy.tuning.staleAfterMs !== config.policy.tuning.staleAfterMs,
  };
  return Object.entries(changed).flatMap(([key, isChanged]) => (isChanged ? [key] : []));
}

function startText(config: Config): string {
  const doing = config.policy.mode === "act" ? "acting" : "only observing";
  const count = config.guests.length === 1 ? "1 guest" : `${config.guests.length} guests`;
  return `ballastd ${VERSION}, ${doing}, ${count}, control socket ${config.controlSocket}`;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}
