/** Owns a guest that a real libvirtd runs: the same kernel, agent and workloads as the testbed's own guests. */
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RealLibvirtd } from "../fakes/real-libvirtd.ts";
import { kernelCommandLine } from "./boot-options.ts";
import { CommandChannel, type RunOptions } from "./command-channel.ts";
import { type OomKills, parseOomKills } from "./guest-memory.ts";
import { buildImage } from "./image/build.ts";
import { waitFor } from "./wait.ts";
import { Workload } from "./workload.ts";

const BOOT_TIMEOUT_MS = 90_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface LibvirtGuestOptions {
  readonly name: string;
  readonly memoryMib: number;
  readonly agentProgram: string;
}

export class LibvirtGuest {
  readonly name: string;
  readonly #channel: CommandChannel;
  readonly #consolePath: string;
  #workloads = 0;

  private constructor(name: string, channel: CommandChannel, consolePath: string) {
    this.name = name;
    this.#channel = channel;
    this.#consolePath = consolePath;
  }

  /** Defines and starts it, and returns it as soon as it runs commands; `libvirtd.end()` ends it. */
  static async boot(libvirtd: RealLibvirtd, options: LibvirtGuestOptions): Promise<LibvirtGuest> {
    const { name } = options;
    const at = (file: string) => join(libvirtd.folder, file);
    await copyImage(at, options);
    await libvirtd.define(xmlOf(at, options));
    await libvirtd.virsh("start", name);
    const channel = await CommandChannel.connect(at(`${name}.cmd`), BOOT_TIMEOUT_MS);
    const guest = new LibvirtGuest(name, channel, at(`${name}.console`));
    await guest.untilItRuns();
    return guest;
  }

  /** Waits until it runs commands. */
  async untilItRuns(): Promise<void> {
    const answers = () =>
      this.run("true", { timeoutMs: PROBE_TIMEOUT_MS }).then(
        () => true,
        () => false,
      );
    await waitFor(`userspace of ${this.name}`, answers, { timeoutMs: BOOT_TIMEOUT_MS });
  }

  run(command: string, options?: RunOptions) {
    return this.#channel.run(command, options);
  }

  spawnWorkload(args: readonly (string | number)[]): Promise<Workload> {
    this.#workloads += 1;
    return Workload.start(
      (command, options) => this.run(command, options),
      ["workload", ...args].join(" "),
      this.#workloads,
    );
  }

  /** Kills by the out-of-memory killer since boot. */
  async oomKills(): Promise<OomKills> {
    return parseOomKills(
      (await this.run("cat /proc/vmstat")).output,
      readFileSync(this.#consolePath, "utf8"),
    );
  }
}

/** libvirtd runs as another user, which may not enter every folder. */
async function copyImage(
  at: (file: string) => string,
  { name, agentProgram }: LibvirtGuestOptions,
): Promise<void> {
  const image = await buildImage({ agentProgram });
  const files = { vmlinuz: image.kernelPath, initramfs: image.initramfsPath, disk: image.diskPath };
  for (const [file, source] of Object.entries(files)) {
    copyFileSync(source, at(`${name}.${file}`));
    chmodSync(at(`${name}.${file}`), 0o644);
  }
}

function xmlOf(at: (file: string) => string, { name, memoryMib }: LibvirtGuestOptions): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>${memoryMib}</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${at(`${name}.vmlinuz`)}</kernel>
    <initrd>${at(`${name}.initramfs`)}</initrd>
    <cmdline>${kernelCommandLine(name, {})}</cmdline>
  </os>
  <cpu mode='maximum'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${at(`${name}.disk`)}'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='file'><source path='${at(`${name}.console`)}'/></serial>
    <serial type='file'><source path='${at(`${name}.agent.log`)}'/></serial>
    <channel type='unix'><target type='virtio' name='org.ballast.agent.0'/></channel>
    <channel type='unix'>
      <source mode='bind' path='${at(`${name}.cmd`)}'/>
      <target type='virtio' name='org.ballast.testbed.0'/>
    </channel>
    <memballoon model='virtio' freePageReporting='on'/>
  </devices>
</domain>
`;
}
