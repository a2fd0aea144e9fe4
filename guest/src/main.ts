/**
 * The guest agent's composition root: puts the parts together and nothing else.
 *
 * The launcher is expected to pass V8 `--max-old-space-size=32 --max-semi-space-size=1 --single-threaded`: a small heap
 * and no helper threads.
 */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import type { Capability } from "@ballast/proto";
import { type Command, parseCommandLine, type Roots, USAGE } from "./cli.ts";
import { charDevice } from "./link/char-device.ts";
import { findPort } from "./link/find-port.ts";
import type { Link } from "./link/link.ts";
import { VirtioPort } from "./link/virtio-port.ts";
import { type Log, StderrLog } from "./log.ts";
import { collectStartGarbage } from "./native/collect-garbage.ts";
import { loadLibc } from "./native/libc.ts";
import { dropColdCode, lockCode } from "./native/memory-lock.ts";
import { takePriority } from "./native/priority.ts";
import { randomHex } from "./native/random.ts";
import { reportObject, reportText } from "./print-report.ts";
import { Assessor } from "./report/assess.ts";
import type { MemorySample } from "./sample/memory-sample.ts";
import { LinuxReader } from "./sample/read-linux.ts";
import { Agent } from "./session/agent.ts";
import { acceptTuning } from "./session/tuning.ts";
import { warmUp } from "./session/warm-up.ts";
import { AGENT_VERSION } from "./version.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const UNIX_PREFIX = "unix:";
const NONCE_BYTES = 8;

async function main(command: Command): Promise<void> {
  switch (command.name) {
    case "version":
      process.stdout.write(`ballast-agent ${AGENT_VERSION}\n`);
      return;
    case "help":
      process.stdout.write(USAGE);
      return;
    case "wrong":
      process.stderr.write(`ballast-agent: ${command.problem}\nTry "ballast-agent help".\n`);
      process.exitCode = EXIT_USAGE;
      return;
    case "report":
      report(command.json, command.roots);
      return;
    case "run":
      await run(command);
  }
}

function report(json: boolean, roots: Roots): void {
  const reader = new LinuxReader(roots);
  const sample = reader.read(monotonicMs(), true);
  const settings = { ...acceptTuning(undefined), helpMs: 0, waitingForHelp: false, inflating: false };
  const assessment = new Assessor(reader.traits).assess(sample, settings);
  reader.close();
  if (!assessment) {
    process.stderr.write(
      `ballast-agent: ${join(roots.procRoot, "meminfo")} does not tell what is available\n`,
    );
    process.exitCode = EXIT_FAILED;
    return;
  }
  const text = json
    ? `${JSON.stringify(reportObject(sample, assessment, reader.traits))}\n`
    : reportText(sample, assessment, reader.traits);
  process.stdout.write(text);
}

async function run(command: Extract<Command, { name: "run" }>): Promise<void> {
  const log = new StderrLog(command.logLevel, monotonicMs);
  const reader = new LinuxReader(command.roots);
  const memoryLocked = await prepare(reader, log);
  const sample = reader.read(monotonicMs(), true);
  const agent = new Agent(
    {
      nowMs: monotonicMs,
      schedule: (ms, task) => {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
      sampler: reader,
      link: await openLink(command.channel, command.roots),
      log,
      newNonce: () => randomHex(NONCE_BYTES),
      cpuUs: processCpuUs,
    },
    {
      bootId: readBootId(command.roots.procRoot),
      osVersion: release(),
      agentVersion: AGENT_VERSION,
      traits: reader.traits,
      capabilities: capabilitiesOf(sample, reader, memoryLocked),
    },
  );
  stopOnSignal(agent, reader);
  log.write("info", `ballast-agent ${AGENT_VERSION} started`);
  agent.start();
}

/** Makes the process fit to work while the guest starves; tells whether its memory is locked. */
async function prepare(reader: LinuxReader, log: Log): Promise<boolean> {
  takePriority(log);
  const libc = await loadLibc();
  if (libc) dropColdCode(libc);
  warmUp(reader.traits, (nowMs, urgent) => reader.read(nowMs, urgent), monotonicMs());
  collectStartGarbage();
  const locked = libc !== undefined && lockCode(libc);
  if (!locked)
    log.write("warn", `memory is not locked (${libc ? "not permitted" : "koffi cannot be loaded"})`);
  return locked;
}

async function openLink(channel: string | undefined, { sysRoot, devRoot }: Roots): Promise<Link> {
  if (channel?.startsWith(UNIX_PREFIX)) {
    // Loaded here, because sockets take 0.7 MB of memory that a guest with a port need not spend.
    const { UnixSocketLink } = await import("./link/unix-socket.ts");
    return new UnixSocketLink(channel.slice(UNIX_PREFIX.length));
  }
  if (channel !== undefined) return new VirtioPort(charDevice, () => ({ found: true, path: channel }));
  return new VirtioPort(charDevice, () => findPort(sysRoot, devRoot));
}

function capabilitiesOf(sample: MemorySample, reader: LinuxReader, memoryLocked: boolean): Capability[] {
  const has: readonly (readonly [Capability, boolean])[] = [
    ["pressure-stall", sample.counters?.pressure.someStallUs !== undefined],
    ["refaults", sample.counters?.vmstat.refaultFilePages !== undefined],
    ["balloon-size", sample.counters?.vmstat.balloonInflatePages !== undefined],
    ["deflate-on-oom", reader.traits.deflateOnOom],
    ["memory-locked", memoryLocked],
  ];
  return has.filter(([, there]) => there).map(([name]) => name);
}

/** The loop's timer is all that keeps the process alive: once it is cancelled, it ends by itself with code 0. */
function stopOnSignal(agent: Agent, reader: LinuxReader): void {
  const stop = () => {
    agent.stop();
    reader.close();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.on("SIGHUP", () => {});
}

/** A kernel without it gets a random id: the host then takes every start of the agent for a boot, which is safe. */
function readBootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, "sys/kernel/random/boot_id"), "latin1").trim();
  } catch {
    return randomHex(NONCE_BYTES);
  }
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CLOCK_MONOTONIC of the guest; performance.now() counts on it without making garbage. */
const monotonicAtStartMs = monotonicOriginMs();

function monotonicMs(): number {
  return Math.round(monotonicAtStartMs + performance.now());
}

function monotonicOriginMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000 - performance.now();
}

main(parseCommandLine(process.argv.slice(2))).catch((error: unknown) => {
  process.stderr.write(`ballast-agent: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exitCode = EXIT_FAILED;
});
