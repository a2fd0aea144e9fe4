/** Puts a running agent together from the platform's parts, a channel and the loop. */
import type { Capability } from "@ballast/proto";
import type { RunCommand } from "./cli.ts";
import { monotonicMs } from "./clock.ts";
import { openChannel } from "./link/open-channel.ts";
import { type Log, type LogLevel, StderrLog } from "./log.ts";
import { youngCollector } from "./native/collect-garbage.ts";
import { measureTouchSpeed } from "./native/touch-speed.ts";
import type { MemoryReader, Platform, RunningService } from "./platform/platform.ts";
import type { MemorySample } from "./sample/memory-sample.ts";
import { Agent, type AgentPorts } from "./session/agent.ts";
import { warmUp } from "./session/warm-up.ts";
import { AGENT_VERSION } from "./version.ts";

const NONCE_BYTES = 8;

/** Reports until a signal comes, or the service manager says so. */
export async function run(command: RunCommand, platform: Platform): Promise<void> {
  const service = command.service ? await platform.enterService?.() : undefined;
  const log = openLog(command.logLevel, service);
  const reader = platform.openReader(command.roots);
  const touchBytesPerSecond = measureTouchSpeed();
  const { memoryLocked, watchEvents } = await platform.prepare(log, command.roots, () =>
    warmUp(reader.traits, (nowMs, urgent) => reader.read(nowMs, urgent), monotonicMs()),
  );
  // The channel and the events may speak before there is an agent to be woken.
  let agent: Agent | undefined;
  const hear = () => agent?.hear();
  const watch = watchEvents?.({ channel: hear, stall: () => agent?.wake() });
  const channel = await openChannel(command, platform, log, hear);
  const tidy = youngCollector(monotonicMs);
  agent = new Agent(
    {
      nowMs: monotonicMs,
      schedule: oneTimer(tidy),
      sampler: reader,
      channel,
      watch: watch && ((descriptor) => watch.watch(descriptor)),
      log,
      newNonce: () => platform.randomHex(NONCE_BYTES),
      cpuUs: processCpuUs,
    },
    {
      bootId: platform.bootId(command.roots),
      os: platform.os,
      osVersion: platform.osVersion(),
      agentVersion: AGENT_VERSION,
      traits: reader.traits,
      touchBytesPerSecond,
      capabilities: capabilitiesOf(reader.read(monotonicMs(), true), reader, memoryLocked),
    },
  );
  stopWhenTold(agent, [watch, reader], service);
  log.write("info", `ballast-agent ${AGENT_VERSION} started`);
  agent.start();
}

/** One timer for task after task: as long as they are equally far apart, it makes nothing new. `after` follows each task. */
function oneTimer(after: () => void): AgentPorts["schedule"] {
  let timer: NodeJS.Timeout | undefined;
  let timerMs = 0;
  let task: () => void = () => {};
  const fire = () => {
    task();
    after();
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return (ms, next) => {
    task = next;
    if (timer !== undefined && ms === timerMs) timer.refresh();
    else {
      cancel();
      timer = setTimeout(fire, ms);
      timerMs = ms;
    }
    return cancel;
  };
}

/** Services of Windows have no standard error: their lines go to the event log. */
function openLog(least: LogLevel, service: RunningService | undefined): Log {
  if (!service) return new StderrLog(least, monotonicMs);
  return new StderrLog(least, monotonicMs, (line, level) => service.log(level, line.trimEnd()));
}

function capabilitiesOf(sample: MemorySample, reader: MemoryReader, memoryLocked: boolean): Capability[] {
  const has: readonly (readonly [Capability, boolean])[] = [
    ["pressure-stall", sample.counters?.pressure.someStallUs !== undefined],
    ["refaults", sample.counters?.vmstat.refaultFilePages !== undefined],
    ["balloon-size", sample.counters?.vmstat.balloonInflatePages !== undefined],
    ["deflate-on-oom", reader.traits.deflateOnOom],
    ["memory-locked", memoryLocked],
  ];
  return has.filter(([, there]) => there).map(([name]) => name);
}

/** The loop's timer and the watch are all that keep the process alive: without them it ends by itself with code 0. */
function stopWhenTold(
  agent: Agent,
  others: readonly ({ close(): void } | undefined)[],
  service: RunningService | undefined,
): void {
  const stop = () => {
    agent.stop();
    for (const each of others) each?.close();
    service?.stopped();
  };
  service?.onStop(stop);
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.on("SIGHUP", () => {});
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
