/** Constructs one broker with its adapters and runs it until a signal stops it. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { isDeepStrictEqual } from "node:util";
import type { BrokerAdapters, BrokerSettings } from "../broker/adapters.ts";
import { Broker } from "../broker/broker.ts";
import { ControlService } from "../broker/control-service.ts";
import { EventLog } from "../broker/event-log.ts";
import type { KsmControllerSettings } from "../broker/ksm/adapters.ts";
import { KsmController } from "../broker/ksm/ksm-controller.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { formatProblem } from "../config/problem.ts";
import { HistoryRecorder } from "../history/recorder.ts";
import { createHostReader } from "../kernel/host-reader.ts";
import { createMonitorWatch } from "../kernel/monitor-watch.ts";
import { createProcessMemoryReader } from "../kernel/qemu-process.ts";
import { createSocketClients } from "../kernel/socket-clients.ts";
import { createDomainMonitor } from "../libvirt/domain-monitor.ts";
import { createMetrics } from "../metrics/metrics.ts";
import type { Clock } from "../model/adapters.ts";
import { createGuestMonitor } from "../qemu/guest-monitor.ts";
import {
  HttpAddressError,
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
} from "../serve/http-server.ts";
import { loadPage } from "../serve/page.ts";
import { startControlServer } from "../serve/server.ts";
import { createGuestModeFile } from "../state/guest-mode-file.ts";
import { createManualTargetFile } from "../state/manual-target-file.ts";
import { VERSION } from "../version.ts";
import { openAgentChannel } from "./agent-channels.ts";
import { joinFleet } from "./fleet.ts";
import { GuestFinder } from "./guest-finder.ts";
import { openInventories } from "./inventories.ts";
import { ksmAdaptersOf } from "./ksm-adapters.ts";
import { type Libvirt, openLibvirt } from "./libvirt.ts";
import type { BrokerLog } from "./log/log.ts";
import { areSameGuests } from "./merge-guests.ts";
import { type ReloadRequest, reloadRefusal } from "./reload.ts";
import { type DaemonSignals, HAND_OVER } from "./signals.ts";
import { startWebSocketAgents, type WebSocketAgents } from "./websocket-agents.ts";

/** The agents' settings: four heartbeats within the time after which a report is stale. */
const HEARTBEAT_SHARE = 1 / 4;

/** What `ballastd` runs on. */
export interface DaemonOptions {
  /** Path of the config file, read again at each reload. */
  readonly path: string;
  readonly config: Config;
  readonly log: BrokerLog;
  readonly signals: DaemonSignals;
}

/** Runs until SIGTERM, SIGINT or the hand-over's SIGUSR2. SIGHUP reloads. Rejects if the control socket cannot be opened. */
export async function runDaemon({ path, config, log, signals }: DaemonOptions): Promise<void> {
  const clock: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const events = new EventLog(clock, log);
  const processMemory = createProcessMemoryReader({ clock });
  const agents = await startAgents(config, clock, events);
  const libvirt = openLibvirt(config.inventories, log);
  const metrics = createMetrics();
  const broker = new Broker(
    {
      ...portsFor(config, clock, log, processMemory, { agents, libvirt }),
      observer: metrics.observer,
    },
    events,
    brokerSettings(config),
  );
  const ksm = new KsmController(
    { clock, ...ksmAdaptersOf(config, log) },
    broker,
    events,
    ksmSettings(config),
  );
  const view = new ControlService(broker, events, clock, VERSION, ksm);
  const history = historyOf(config, broker, view, events, clock);
  const server = await startControlServer({ socketPath: config.controlSocket, view, metrics, history, log });
  const http = await startHttp(config, { view, metrics, history, log }, events);
  const fleet = joinFleet(config, () => view.status(), clock.wallMs, events);
  events.add("info", "started", startText(config));
  const finder = new GuestFinder({ events, ...guestSearch(config, libvirt) });
  // One after the other: two reloads at a time would mix two configs, a reload and a look two lists of guests.
  let work: Promise<unknown> = finder
    .find()
    .then((entries) => broker.start(entries))
    .then(() => ksm.start())
    .then(() => history?.start());
  const inTurn = (task: () => Promise<unknown> | undefined) => {
    work = work.then(task);
    return work;
  };
  signals.onReload(() => {
    void inTurn(() => reloadConfig(path, config, { broker, ksm, finder, libvirt }, events, log));
    void inTurn(() => agents?.reload());
  });
  const unwatch = finder.watch(() => inTurn(() => findGuests(finder, broker)));
  const signal = await signals.stop;
  unwatch();
  await work;
  await finder.close();
  const onStop = signal === HAND_OVER ? "hold" : broker.settings.onStop;
  const balloons = onStop === "hold" ? "left as they are" : "released";
  events.add("info", "stopping", `${signal}: balloons are ${balloons}`);
  history?.stop();
  await ksm.stop();
  await broker.stop(onStop);
  await libvirt?.close();
  await agents?.close();
  await fleet?.close();
  await http?.close();
  await server.close();
  await processMemory.close();
}

function historyOf(
  { historyMostBytes, stateDir }: Config,
  broker: Broker,
  view: ControlService,
  events: EventLog,
  { wallMs }: Clock,
): HistoryRecorder | undefined {
  if (historyMostBytes === undefined) return undefined;
  return new HistoryRecorder({
    path: join(stateDir, "history.db"),
    mostBytes: historyMostBytes,
    source: {
      status: () => view.status(),
      moves: (name) => broker.record(name)?.balloon.moves ?? [],
    },
    wallMs,
    note: (level, text) => events.add(level, "history", text),
  });
}

/** Balancing goes on without it. */
async function startHttp(
  { http }: Config,
  parts: Pick<HttpServerOptions, "view" | "metrics" | "history" | "log">,
  events: EventLog,
): Promise<HttpServer | undefined> {
  if (http === undefined) return undefined;
  try {
    return await startHttpServer({ ...http, ...parts, page: loadPage() });
  } catch (error) {
    if (!(error instanceof HttpAddressError)) throw error;
    events.add("error", "problem", error.message);
    return undefined;
  }
}

function portsFor(
  config: Config,
  clock: Clock,
  log: BrokerLog,
  processMemory: ReturnType<typeof createProcessMemoryReader>,
  {
    agents,
    libvirt,
  }: { readonly agents: WebSocketAgents | undefined; readonly libvirt: Libvirt | undefined },
): BrokerAdapters {
  const watch = createMonitorWatch({ mainThread: (qmpPath) => processMemory.mainThread(qmpPath) });
  const agentOptions = { clock, log, gate: agents?.gate, ...channelSettings(config) };
  return {
    clock,
    processMemory,
    socketClients: createSocketClients(),
    host: createHostReader(),
    guestModes: createGuestModeFile(join(config.stateDir, "modes.json"), log),
    manualTargets: createManualTargetFile(join(config.stateDir, "holds.json"), log),
    monitor: ({ name, qmpPath, qmpMode, domainUuid: uuid }, listener) => {
      const common = { name, clock, log, listener, backing: () => processMemory.backing(qmpPath) };
      return uuid !== undefined && libvirt !== undefined
        ? createDomainMonitor({ ...common, connection: libvirt.connection, uuid })
        : createGuestMonitor({ ...common, qmpPath, ...(qmpMode === "lease" && { watch }) });
    },
    agent: (entry, listener) => openAgentChannel(entry, listener, agentOptions),
  };
}

function guestSearch({ guests, inventories }: Config, libvirt: Libvirt | undefined) {
  return {
    written: { listed: guests, overrides: inventories.overrides },
    inventories: openInventories(inventories, libvirt),
  };
}

/** Guests come and go while the settings stay. */
async function findGuests(finder: GuestFinder, broker: Broker): Promise<void> {
  const entries = await finder.find();
  const known = broker.records().map(({ entry }) => entry);
  if (!areSameGuests(entries, known)) await broker.reconfigure(broker.settings, entries);
}

function channelSettings({ policy }: Config) {
  const { staleAfterMs } = policy.tuning;
  return { staleAfterMs, tuning: { heartbeatMs: Math.round(staleAfterMs * HEARTBEAT_SHARE) } };
}

async function startAgents(
  config: Config,
  clock: Clock,
  events: EventLog,
): Promise<WebSocketAgents | undefined> {
  if (config.websocket === undefined) return undefined;
  return startWebSocketAgents({
    settings: config.websocket,
    clock,
    note: (level, text) => events.add(level, "agent", text),
    ...channelSettings(config),
  });
}

function brokerSettings(config: Config): BrokerSettings {
  return { policy: config.policy, tickMs: config.tickMs, onStop: config.onStop };
}

function ksmSettings({ ksm, policy }: Config): KsmControllerSettings {
  return { ksm, act: policy.mode === "act" };
}

/** A config with errors, or one that looks like a broken file, changes nothing. */
async function reloadConfig(
  path: string,
  running: Config,
  {
    broker,
    ksm,
    finder,
    libvirt,
  }: {
    readonly broker: Broker;
    readonly ksm: KsmController;
    readonly finder: GuestFinder;
    readonly libvirt: Libvirt | undefined;
  },
  events: EventLog,
  log: BrokerLog,
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

function startText(config: Config): string {
  const doing = config.policy.mode === "act" ? "acting" : "only observing";
  const count = config.guests.length === 1 ? "1 guest" : `${config.guests.length} guests`;
  return `ballastd ${VERSION}, ${doing}, ${count}, control socket ${config.controlSocket}`;
}
