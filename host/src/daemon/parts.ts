/** Constructs all parts of one broker, and ends them. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Broker } from "../broker/broker.ts";
import { ControlService } from "../broker/control-service.ts";
import { EventLog } from "../broker/event-log.ts";
import { KsmController } from "../broker/ksm/ksm-controller.ts";
import type { Config } from "../config/config.ts";
import { readControlTokens } from "../config/tokens/control-tokens.ts";
import { Forecaster } from "../history/forecaster.ts";
import { HotCaches } from "../history/hot-caches.ts";
import { HistoryRecorder, type RecorderOptions } from "../history/recorder.ts";
import { createProcessMemoryReader } from "../kernel/qemu-process.ts";
import { createMetrics } from "../metrics/metrics.ts";
import type { Clock } from "../model/adapters.ts";
import {
  HttpAddressError,
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
} from "../serve/http-server.ts";
import { loadPage } from "../serve/page.ts";
import { startControlServer } from "../serve/server.ts";
import { VERSION } from "../version.ts";
import { brokerAdapters } from "./adapters.ts";
import { joinFleet } from "./fleet.ts";
import { GuestFinder } from "./guest-finder.ts";
import { ksmAdaptersOf } from "./ksm-adapters.ts";
import { openLibvirt } from "./libvirt.ts";
import type { BrokerLog } from "./log/log.ts";
import { brokerSettings, channelSettings, guestSearch, ksmSettings, startText } from "./settings.ts";
import { HAND_OVER } from "./signals.ts";
import { startWebSocketAgents, type WebSocketAgents } from "./websocket-agents.ts";

/** All that runs. What the config does not want is undefined. */
export type DaemonParts = Awaited<ReturnType<typeof openParts>>;

/** Nothing is balanced yet. Rejects if the control socket cannot be opened. */
export async function openParts(config: Config, log: BrokerLog) {
  const clock: Clock = {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    workedMs: () => performance.eventLoopUtilization().active,
  };
  const events = new EventLog(clock, log);
  const processMemory = createProcessMemoryReader({ clock });
  const agents = await startAgents(config, clock, events);
  const libvirt = openLibvirt(config.inventories, log);
  const metrics = createMetrics();
  const adapters = brokerAdapters(config, clock, log, processMemory, { agents, libvirt });
  const past = { forecaster: new Forecaster(), hotCaches: new HotCaches(clock.nowMs) };
  const broker = new Broker(
    { ...adapters, observer: metrics.observer, ...past },
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
  const history = historyOf(config, broker, view, events, clock, past);
  const server = await startControlServer({ socketPath: config.controlSocket, view, metrics, history, log });
  const http = await startHttp(config, { view, metrics, history, log }, events);
  const fleet = joinFleet(config, () => view.status(), clock.wallMs, events);
  events.add("info", "started", startText(config));
  const finder = new GuestFinder({ events, ...guestSearch(config, libvirt) });
  return { log, events, processMemory, agents, libvirt, broker, ksm, history, server, http, fleet, finder };
}

/** Ends all parts, those that change something first. `signal`: by what the broker was told to stop. */
export async function closeParts(parts: DaemonParts, signal: string): Promise<void> {
  const { events, broker, ksm, history, libvirt, agents, fleet, http, server, processMemory, finder } = parts;
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
  past: Pick<RecorderOptions, "forecaster" | "hotCaches">,
): HistoryRecorder | undefined {
  if (historyMostBytes === undefined) return undefined;
  return new HistoryRecorder({
    path: join(stateDir, "history.db"),
    mostBytes: historyMostBytes,
    source: {
      status: () => view.status(),
      moves: (name) => broker.record(name)?.balloon.moves ?? [],
      hotCaches: () => broker.hotCaches(),
    },
    wallMs,
    ...past,
    note: (level, text) => events.add(level, "history", text),
  });
}

/** Balancing goes on without it. */
async function startHttp(
  { http, controlTokenPath }: Config,
  parts: Pick<HttpServerOptions, "view" | "metrics" | "history" | "log">,
  events: EventLog,
): Promise<HttpServer | undefined> {
  if (http === undefined) return undefined;
  try {
    const readTokens = controlTokenPath === undefined ? undefined : () => readControlTokens(controlTokenPath);
    await readTokens?.().catch((error: Error) =>
      events.add("error", "problem", `control.token: ${error.message}`),
    );
    return await startHttpServer({ ...http, ...parts, readTokens, page: loadPage() });
  } catch (error) {
    if (!(error instanceof HttpAddressError)) throw error;
    events.add("error", "problem", error.message);
    return undefined;
  }
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
