/** Wires one broker together and keeps it running until it is told to stop. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Broker, type BrokerPorts, type BrokerSettings } from "./broker/broker.ts";
import { Diary } from "./broker/diary.ts";
import { View } from "./broker/view.ts";
import { VERSION } from "./cli/version.ts";
import { createAgentChannel } from "./collect/agents/virtio-socket.ts";
import { createHeldPort } from "./collect/host/held.ts";
import { createHostPort } from "./collect/host/read.ts";
import { createMachine } from "./collect/machine/machine.ts";
import type { Config } from "./config/config.ts";
import { loadConfig } from "./config/load.ts";
import { formatProblem } from "./config/problem.ts";
import { createHoldFile } from "./control/hold-file.ts";
import type { BrokerLog } from "./log.ts";
import type { Clock } from "./model/ports.ts";
import { startControlServer } from "./serve/server.ts";

/** What agents are told: a heartbeat at a third of what makes a report stale. */
const HEARTBEAT_SHARE = 1 / 4;

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. Rejects when the control socket cannot be had. */
export async function runDaemon(path: string, config: Config, log: BrokerLog): Promise<void> {
  const clock: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const diary = new Diary(clock, log);
  const held = createHeldPort({ clock });
  const ports = portsFor(config, clock, log, held);
  const broker = new Broker(ports, diary, brokerSettings(config));
  const view = new View(broker, diary, clock, VERSION);
  const server = await startControlServer({ socketPath: config.controlSocket, view, log });
  diary.note("info", "started", startText(config));
  const reload = () => void reloadConfig(path, broker, diary, log);
  process.on("SIGHUP", reload);
  await broker.start(config.guests);
  const signal = await stopSignal();
  process.off("SIGHUP", reload);
  diary.note(
    "info",
    "stopping",
    `${signal}: balloons are ${broker.settings.onStop === "hold" ? "left as they are" : "released"}`,
  );
  await broker.stop();
  await server.close();
  await held.close();
}

function portsFor(
  config: Config,
  clock: Clock,
  log: BrokerLog,
  held: ReturnType<typeof createHeldPort>,
): BrokerPorts {
  const { staleAfterMs } = config.policy.tuning;
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
    agent: (entry, listener) =>
      entry.agentPath === undefined
        ? undefined
        : createAgentChannel({
            path: entry.agentPath,
            guestName: entry.name,
            clock,
            log,
            listener,
            tuning: { heartbeatMs: Math.round(staleAfterMs * HEARTBEAT_SHARE) },
            staleAfterMs,
          }),
  };
}

function brokerSettings(config: Config): BrokerSettings {
  return { policy: config.policy, tickMs: config.tickMs, onStop: config.onStop, ksmMode: config.ksmMode };
}

/** A config that is not understood changes nothing. */
async function reloadConfig(path: string, broker: Broker, diary: Diary, log: BrokerLog): Promise<void> {
  const result = await loadConfig(path);
  for (const problem of result.warnings) diary.note("warn", "reloaded", formatProblem(problem));
  if (!result.ok) {
    for (const problem of result.problems) diary.note("error", "reload-refused", formatProblem(problem));
    diary.note("error", "reload-refused", "the old settings stay in force");
    return;
  }
  log.setLevel(result.config.logLevel);
  await broker.reconfigure(brokerSettings(result.config), result.config.guests);
  diary.note("info", "reloaded", startText(result.config));
}

function startText(config: Config): string {
  const doing = config.policy.mode === "act" ? "acting" : "only observing";
  return `ballastd ${VERSION}, ${doing}, ${config.guests.length} guests, control socket ${config.controlSocket}`;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}
