/** Constructs what the broker reaches the world by. */
import { join } from "node:path";
import type { BrokerAdapters } from "../broker/adapters.ts";
import type { Config } from "../config/config.ts";
import { createHostReader } from "../kernel/host-reader.ts";
import { createMonitorWatch } from "../kernel/monitor-watch.ts";
import type { QemuMemoryReader } from "../kernel/qemu-process.ts";
import { createSocketClients } from "../kernel/socket-clients.ts";
import { createDomainMonitor } from "../libvirt/domain-monitor.ts";
import type { Clock } from "../model/adapters.ts";
import { createGuestMonitor } from "../qemu/guest-monitor.ts";
import { createGuestModeFile } from "../state/guest-mode-file.ts";
import { createManualTargetFile } from "../state/manual-target-file.ts";
import { openAgentChannel } from "./agent-channels.ts";
import type { Libvirt } from "./libvirt.ts";
import type { BrokerLog } from "./log/log.ts";
import { channelSettings } from "./settings.ts";
import type { WebSocketAgents } from "./websocket-agents.ts";

/** `agents` and `libvirt` are undefined where the config wants none. */
export function brokerAdapters(
  config: Config,
  clock: Clock,
  log: BrokerLog,
  processMemory: QemuMemoryReader,
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
        ? createDomainMonitor({
            ...common,
            connection: libvirt.connection,
            uuid,
            mainThread: () => processMemory.mainThread(qmpPath),
          })
        : createGuestMonitor({ ...common, qmpPath, ...(qmpMode === "lease" && { watch }) });
    },
    agent: (entry, listener) => openAgentChannel(entry, listener, agentOptions),
  };
}
