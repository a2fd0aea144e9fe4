/**
 * A real libvirtd of its own: a session daemon with all of its files in one folder, which knows nothing of the machine's libvirt.
 * For root libvirt has no session, so root starts it as nobody.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { addressOf, type LibvirtAddress } from "../../host/src/libvirt/address.ts";
import { waitFor } from "../testbed/wait.ts";
import { whyNoQemu } from "./real-qemu.ts";

const run = promisify(execFile);
const DRIVER = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so";
const NOBODY = 65_534;
const START_LIMIT_MS = 30_000;
const URI = "qemu:///session";
const QEMU_CONF =
  'stdio_handler = "file"\nsecurity_driver = "none"\nnamespaces = []\ncgroup_controllers = []\n';

/** Why there is none here; `undefined` when there is one. */
export function whyNoLibvirtd(): string | undefined {
  const { error } = spawnSync("libvirtd", ["--version"], { stdio: "ignore" });
  if (error !== undefined || !existsSync(DRIVER)) return "libvirtd or its QEMU driver is not installed";
  return whyNoQemu();
}

export class RealLibvirtd {
  readonly folder: string;
  readonly address: LibvirtAddress;
  readonly #env: NodeJS.ProcessEnv;
  #daemon: ChildProcess | undefined;

  private constructor(hostUuid?: string) {
    this.folder = mkdtempSync(join("/tmp", "blv-"));
    const folders = { runtime: join(this.folder, "r"), config: join(this.folder, "c") };
    this.address = addressOf({ scope: "session" }, folders);
    this.#env = {
      ...{ PATH: process.env["PATH"], HOME: this.folder, LC_ALL: "C" },
      // A virsh that comes before this daemon listens would start another one, which nobody ends (libvirt.org/uri.html, remote driver).
      LIBVIRT_AUTOSTART: "0",
      ...{ XDG_RUNTIME_DIR: folders.runtime, XDG_CONFIG_HOME: folders.config },
      ...{ XDG_DATA_HOME: join(this.folder, "d"), XDG_CACHE_HOME: join(this.folder, "k") },
    };
    for (const path of [folders.runtime, join(folders.config, "libvirt")])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(folders.config, "libvirt/qemu.conf"), QEMU_CONF);
    if (hostUuid !== undefined)
      writeFileSync(join(folders.config, "libvirt/libvirtd.conf"), `host_uuid = "${hostUuid}"\n`);
    for (const path of [this.folder, folders.runtime, folders.config, join(folders.config, "libvirt")])
      if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
    chmodSync(folders.runtime, 0o700);
  }

  /** Starts one without domains; `hostUuid` is what it takes its host for, if not this one. {@link end} must be called. */
  static async start({ hostUuid }: { readonly hostUuid?: string } = {}): Promise<RealLibvirtd> {
    const libvirtd = new RealLibvirtd(hostUuid);
    await libvirtd.startDaemon();
    return libvirtd;
  }

  async startDaemon(): Promise<void> {
    const log = join(this.folder, "libvirtd.log");
    const outputs = ["-c", `exec libvirtd >>${log} 2>&1`];
    this.#daemon = spawn("sh", outputs, { env: this.#env, stdio: "ignore", ...this.#identity() });
    const answers = () =>
      this.virsh("version").then(
        () => true,
        () => false,
      );
    await waitFor("libvirtd's start", answers, { timeoutMs: START_LIMIT_MS });
  }

  /** Ends the daemon; its domains run on. */
  async stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await ended;
  }

  /** Runs one command beside the broker; rejects when it fails. */
  async virsh(...args: readonly string[]): Promise<string> {
    const options = { env: this.#env, timeout: START_LIMIT_MS, ...this.#identity() };
    return (await run("virsh", ["-q", "-c", URI, ...args], options)).stdout;
  }

  async define(xml: string): Promise<void> {
    const path = join(this.folder, "domain.xml");
    writeFileSync(path, xml);
    await this.virsh("define", path);
  }

  /** Process of a domain's QEMU. */
  processOf(domain: string): number {
    return Number(readFileSync(join(this.folder, `r/libvirt/qemu/run/${domain}.pid`), "utf8"));
  }

  /** Ends all domains and the daemon, and removes the folder. */
  async end(): Promise<void> {
    await this.stopDaemon();
    const pidFiles = join(this.folder, "r/libvirt/qemu/run");
    for (const file of readdirSync(pidFiles).filter(
      (name) => name.endsWith(".pid") && name !== "driver.pid",
    )) {
      try {
        process.kill(this.processOf(file.slice(0, -4)), "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #identity(): { uid?: number; gid?: number } {
    return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  }
}

const PORT = "<channel type='unix'><target type='virtio' name='org.ballast.agent.0'/></channel>";

/** A domain with a balloon and the agent's port, with firmware and no system to boot. */
export function smallDomainXml(
  name: string,
  { memoryMib = 128, startMib = 96, more = "", devices = "", port = true } = {},
): string {
  return `<domain type='qemu'>
  <name>${name}</name>${more}
  <memory unit='MiB'>${memoryMib}</memory>
  <currentMemory unit='MiB'>${startMib}</currentMemory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='virtio'/>
    ${port ? PORT : ""}${devices}
  </devices>
</domain>
`;
}
