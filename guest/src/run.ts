/** Puts a running agent together from the platform's parts, a channel and the loop. */
import type { Capability } from "@ballast/proto";
import type { RunCommand } from "./cli.ts";
import { monotonicMs } from "./clock.ts";
import { Ending } from "./ending.ts";
import { openChannel } from "./link/open-channel.ts";
import { BoundedLog, type Log, type LogLevel, stderrWriter } from "./log.ts";
import { youngCollector } from "./native/collect-garbage.ts";
import { measureTouchSpeed } from "./native/touch-speed.ts";
import { onceAtEase } from "./once-at-ease.ts";
import { paced } from "./paced.ts";
import type { MemoryReader, Platform, RunningService } from "./platform/platform.ts";
import type { MemorySample } from "./sample/memory-sample.ts";
import { Agent, type AgentPorts, SHORTEST_WAKE_MS } from "./session/agent.ts";
import { warmUp } from "./session/warm-up.ts";
import { AGENT_VERSION } from "./version.ts";

const NONCE_BYTES = 8;

/** Reports until a signal comes, or the service manager says so. */
export async function run(command: RunCommand, platform: Platform): Promise<void> {
  const service = command.service ? await platform.enterService?.() : undefined;
  const log = openLog(command.logLevel, platform, service);
  const ending = new Ending(log, service);
  process.on("uncaughtException", (error) => ending.fail(error));
  try {
    const agent = await openAgent(command, platform, log, ending);
    endWhenTold(ending, service);
    log.write("info", `ballast-agent ${AGENT_VERSION} started`);
    agent.start();
  } catch (error) {
    ending.fail(error);
  }
}

async function openAgent(command: RunCommand, platform: Platform, log: Log, ending: Ending): Promise<Agent> {
  const reader = platform.openReader(command.roots);
  ending.add(() => reader.close());
  const touchBytesPerSecond = measureTouchSpeed();
  const { memoryLocked, watchEvents, settle } = await platform.prepare(log, command.roots, () =>
    warmUp(reader.traits, (nowMs, urgent) => reader.read(nowMs, urgent), monotonicMs()),
  );
  // The channel and the events may speak before there is an agent to be woken.
  let agent: Agent | undefined;
  const hear = paced({
    task: () => agent?.hear(),
    gapMs: SHORTEST_WAKE_MS,
    nowMs: monotonicMs,
    after: (ms, task) => setTimeout(task, ms).unref(),
  });
  const watch = watchEvents?.({ channel: hear, stall: () => agent?.wake() });
  ending.add(() => watch?.close());
  const channel = await openChannel(command, platform, log, hear);
  const collect = youngCollector(monotonicMs);
  const settleOnce = onceAtEase(
    () => settle?.(),
    () => agent?.isAtEase === true,
    monotonicMs,
  );
  const afterTick = () => {
    collect();
    settleOnce();
  };
  const made = new Agent(
    {
      nowMs: monotonicMs,
      schedule: oneTimer(afterTick),
      sampler: reader,
      channel,
      watch: watch && ((descriptor) => watch.watch(descriptor)),
      doze: watch?.doze && ((ms) => watch.doze?.(ms) === true),
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
  ending.add(() => made.stop());
  agent = made;
  return made;
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
function openLog(least: LogLevel, platform: Platform, service: RunningService | undefined): Log {
  const toStderr = stderrWriter(platform.isStderrReady ?? (() => true));
  const toService = service && ((line: string, level: LogLevel) => service.log(level, line.trimEnd()));
  return new BoundedLog(least, monotonicMs, toService ?? toStderr);
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
function endWhenTold(ending: Ending, service: RunningService | undefined): void {
  const stop = () => ending.stop();
  service?.onStop(stop);
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.on("SIGHUP", () => {});
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
