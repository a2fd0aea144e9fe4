/** Owns one running guest: what tests ask of it and do to it. */
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { GuestPaths } from "./boot-options.ts";
import type { CommandChannel, CommandResult, RunOptions } from "./command-channel.ts";
import { TestbedError } from "./errors.ts";
import {
  type GuestMeminfo,
  type GuestStats,
  type OomKills,
  parseGuestStats,
  parseMeminfo,
  parseOomKills,
} from "./guest-memory.ts";
import { residentBytes, type StartedProcess } from "./host.ts";
import type { ControlMonitor } from "./monitor.ts";
import { waitFor } from "./wait.ts";
import { Workload } from "./workload.ts";

/** One probe whether the guest answers; it may be lost in a reboot, so it is asked again. */
const PROBE_TIMEOUT_MS = 2_000;
const REBOOT_TIMEOUT_MS = 60_000;
const AGENT_TIMEOUT_MS = 10_000;
const BALLOON_TIMEOUT_MS = 30_000;
/** How near to its target a balloon counts as there, in bytes. */
const BALLOON_TOLERANCE_BYTES = 1024 * 1024;
const BALLOON_DEVICE = "/machine/peripheral/balloon0";

/** What a guest is made of; the sockets `qmp` and `agent` are the broker's, the testbed never opens them. */
export interface GuestParts {
  readonly name: string;
  readonly paths: GuestPaths;
  readonly process: StartedProcess;
  readonly monitor: ControlMonitor;
  readonly channel: CommandChannel;
  /** Removes what the testbed made for this guest. */
  readonly removeFiles: () => Promise<void>;
}

/** A booted guest. */
export class TestGuest {
  readonly name: string;
  /** Process of QEMU. */
  readonly pid: number;
  /** Monitor for the broker. */
  readonly qmpPath: string;
  /** Agent's port for the broker. */
  readonly agentPath: string;
  readonly consolePath: string;
  readonly agentLogPath: string;
  readonly #parts: GuestParts;
  #workloads = 0;

  constructor(parts: GuestParts) {
    this.name = parts.name;
    this.pid = parts.process.pid;
    this.qmpPath = parts.paths.qmp;
    this.agentPath = parts.paths.agent;
    this.consolePath = parts.paths.console;
    this.agentLogPath = parts.paths.agentLog;
    this.#parts = parts;
  }

  /** Runs a shell command of one line in the guest, as root. */
  run(command: string, options?: RunOptions): Promise<CommandResult> {
    return this.#parts.channel.run(command, options);
  }

  /** Starts `workload …` (see workloads/workload.c) in the background of the guest. */
  spawnWorkload(args: readonly (string | number)[]): Promise<Workload> {
    this.#workloads += 1;
    return Workload.start(
      (command, options) => this.run(command, options),
      ["workload", ...args].join(" "),
      this.#workloads,
    );
  }

  /** Memory as the guest's kernel sees it. */
  async meminfo(): Promise<GuestMeminfo> {
    return parseMeminfo((await this.run("cat /proc/meminfo")).output);
  }

  /** Kills by the out-of-memory killer since boot. */
  async oomKills(): Promise<OomKills> {
    return parseOomKills((await this.run("cat /proc/vmstat")).output, this.consoleText());
  }

  /** All that the guest's kernel has printed. */
  consoleText(): string {
    return readText(this.consolePath);
  }

  /** All that the agent has printed. */
  agentLogText(): string {
    return readText(this.agentLogPath);
  }

  /** Memory of QEMU's process that is resident on the host, in bytes. */
  residentBytes(): number | undefined {
    return residentBytes(this.pid);
  }

  /** Waits until the guest runs commands, and returns its boot's id; throws `TESTBED_WAIT` at the limit, or at once when QEMU has ended. */
  waitForUserspace(timeoutMs: number): Promise<string> {
    return waitFor(`userspace of ${this.name}`, () => this.#bootId(), { timeoutMs });
  }

  /** The agent's process in the guest; `undefined` when it does not run. */
  async agentPid(): Promise<number | undefined> {
    const { output } = await this.run('pid=$(cat /run/agent.pid) && [ -d "/proc/$pid" ] && echo "$pid"');
    return /^\d+$/.test(output) ? Number(output) : undefined;
  }

  /** Kills the agent (SIGKILL) and waits until it is gone; nothing restarts it. */
  async killAgent(): Promise<void> {
    await this.run('kill -9 "$(cat /run/agent.pid)"');
    const isGone = async () => (await this.agentPid()) === undefined;
    await waitFor("the agent's end", isGone, { timeoutMs: AGENT_TIMEOUT_MS });
    await this.run("rm -f /run/agent.pid");
  }

  /** Starts the agent as the boot does, with the arguments given at the boot, and returns its process. */
  async startAgent(): Promise<number> {
    await this.run("start-agent >/dev/null 2>&1 &");
    return waitFor("the agent's start", () => this.agentPid(), { timeoutMs: AGENT_TIMEOUT_MS });
  }

  /** Takes the agent's port out of the running guest. */
  async unplugAgentPort(): Promise<void> {
    await this.execute("device_del", { id: "port-agent0" });
  }

  /** Puts the agent's port back, as soon as the guest has let the old one go. */
  async plugAgentPort(timeoutMs: number): Promise<void> {
    const port = {
      driver: "virtserialport",
      chardev: "agent0",
      id: "port-agent0",
      name: "org.ballast.agent.0",
    };
    const isPlugged = () =>
      this.execute("device_add", port).then(
        () => true,
        () => false,
      );
    await waitFor("the port to be plugged in", isPlugged, { timeoutMs });
  }

  /** Reboots at once, without a clean shutdown, and waits until the guest is back; needs `noReboot: false`. */
  async reboot(): Promise<void> {
    const before = await this.waitForUserspace(PROBE_TIMEOUT_MS);
    await this.run("(sleep 0.2; reboot -f) >/dev/null 2>&1 &");
    const isBack = async () => {
      const now = await this.#bootId();
      return now !== undefined && now !== before;
    };
    await waitFor(`the reboot of ${this.name}`, isBack, { timeoutMs: REBOOT_TIMEOUT_MS });
  }

  /** Asks for a balloon that leaves the guest `bytes`; the guest's driver follows in its own time. */
  async setBalloon(bytes: number): Promise<void> {
    await this.#parts.monitor.execute("balloon", { value: bytes });
  }

  /** What the balloon leaves the guest now, in bytes; throws `TESTBED_MONITOR` without a balloon device. */
  async balloonActual(): Promise<number> {
    return ((await this.#parts.monitor.execute("query-balloon")) as { actual: number }).actual;
  }

  /** Sets the balloon and waits until it is there, to 1 MiB; throws `TESTBED_WAIT` at the limit. */
  async moveBalloon(bytes: number, timeoutMs = BALLOON_TIMEOUT_MS): Promise<void> {
    await this.setBalloon(bytes);
    const isThere = async () => Math.abs((await this.balloonActual()) - bytes) <= BALLOON_TOLERANCE_BYTES;
    await waitFor(`the balloon at ${bytes}`, isThere, { timeoutMs, intervalMs: 20 });
  }

  /** Plugs a DIMM into one of the slots that the guest was booted with. */
  async plugMemory(mib: number): Promise<void> {
    const { monitor } = this.#parts;
    const memdev = "plugged-backend";
    await monitor.execute("object-add", {
      "qom-type": "memory-backend-ram",
      id: memdev,
      size: mib * 1024 * 1024,
    });
    await monitor.execute("device_add", { driver: "pc-dimm", id: "plugged", memdev });
  }

  /** Statistics of the balloon driver; asks QEMU to poll them each second when that is not set yet. */
  async guestStats(): Promise<GuestStats> {
    const property = { path: BALLOON_DEVICE, property: "guest-stats-polling-interval" };
    const { monitor } = this.#parts;
    if ((await monitor.execute("qom-get", property)) === 0) {
      await monitor.execute("qom-set", { ...property, value: 1 });
    }
    return parseGuestStats(
      await monitor.execute("qom-get", { path: BALLOON_DEVICE, property: "guest-stats" }),
    );
  }

  /** Any other QMP command through the testbed's own monitor, for instance `stop` and `cont`. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#parts.monitor.execute(command, args);
  }

  /** Whether QEMU still runs. */
  isRunning(): boolean {
    return this.#parts.process.isRunning();
  }

  /** Ends QEMU (SIGKILL, by its pid) and removes the guest's files. */
  async stop(): Promise<void> {
    this.release();
    await this.#parts.process.kill();
    await this.#parts.removeFiles();
  }

  /** Lets go of the guest's sockets and leaves it running. */
  release(): void {
    this.#parts.channel.close();
    this.#parts.monitor.close();
  }

  async #bootId(): Promise<string | undefined> {
    if (!this.isRunning()) {
      throw new TestbedError(
        "TESTBED_BOOT",
        `QEMU of ${this.name} has ended: ${await this.#parts.process.ended}`,
      );
    }
    const answer = this.run("cat /proc/sys/kernel/random/boot_id", { timeoutMs: PROBE_TIMEOUT_MS });
    return (await answer.catch(() => undefined))?.output;
  }
}

/** Removes a guest's files and, if the testbed made it, the folder. */
export async function removeGuestFiles(paths: GuestPaths, folder: string, ownFolder: boolean): Promise<void> {
  if (ownFolder) await rm(folder, { recursive: true, force: true });
  else await Promise.all(Object.values(paths).map((path: string) => rm(path, { force: true })));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
