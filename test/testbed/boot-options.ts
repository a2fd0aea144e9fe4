/** Owns the choices in booting a guest and what they mean as QEMU's arguments; pure. */
import { join } from "node:path";
import { TestbedError } from "./errors.ts";
import type { GuestImage } from "./image/build.ts";

/** The host's loopback, as a guest with a network reaches it (QEMU's user network). */
export const HOST_ADDRESS = "10.0.2.2";

/** How a guest is booted; every choice has a default. */
export interface BootOptions {
  /** Name of the guest and of its files. */
  readonly name?: string;
  /** Memory in MiB, 512. */
  readonly memoryMib?: number;
  /** Slots for memory that is plugged while the guest runs, which its kernel takes into use by itself; 0. */
  readonly memorySlots?: number;
  /** Virtual processors, 1. */
  readonly smp?: number;
  /** Balloon device, on. */
  readonly balloon?: boolean;
  /** Whether the guest's driver may take ballooned memory back by itself, off as on Proxmox and libvirt. */
  readonly deflateOnOom?: boolean;
  /** Free page reporting of the balloon, on. */
  readonly freePageReporting?: boolean;
  /** The agent's virtio-serial port, on. */
  readonly agentPort?: boolean;
  /** Whether the agent starts with the guest, on. */
  readonly agent?: boolean;
  /** The agent's arguments; no spaces or commas in them. Just `run` if not given. */
  readonly agentArguments?: readonly string[];
  /** The agent's executable; a script that does nothing if absent. */
  readonly agentProgram?: string;
  /** Further files for the agent's folder in the guest (/mnt/agent), by their names there. */
  readonly agentFiles?: Readonly<Record<string, string>>;
  /** A writable disk at /scratch in the guest. */
  readonly scratch?: ScratchDisk;
  /** Folder for sockets and logs, a new one under the system's temporary folder if not given; keep it short. */
  readonly folder?: string;
  /** Whether QEMU ends where the guest would reboot, as after a kernel panic; on. `reboot()` needs it off. */
  readonly noReboot?: boolean;
  /** A network on which the guest, 10.0.2.15, reaches the host's loopback as {@link HOST_ADDRESS}, and nothing else; off. */
  readonly network?: boolean;
  /** Further parameters of the guest's kernel. */
  readonly kernelParameters?: readonly string[];
  /** Further arguments for QEMU. */
  readonly extraArguments?: readonly string[];
  /** Time limit for the boot, 60 s. */
  readonly bootTimeoutMs?: number;
  /** Let the guest run on after this process has ended. */
  readonly outlive?: boolean;
}

/** A guest's own writable disk. */
export interface ScratchDisk {
  readonly sizeMib: number;
  /** Slows it down to so many operations a second, as a busy storage would be. */
  readonly operationsPerSecond?: number;
}

/** Names of a guest's files, all in its folder. */
export interface GuestPaths {
  /** The broker's monitor. */
  readonly qmp: string;
  /** The agent's port. */
  readonly agent: string;
  /** The testbed's own monitor. */
  readonly control: string;
  /** The testbed's command port. */
  readonly commands: string;
  /** The guest's console: kernel messages. */
  readonly console: string;
  /** What the agent printed. */
  readonly agentLog: string;
  /** What QEMU printed. */
  readonly qemuLog: string;
  readonly scratch: string;
}

/** Throws `TESTBED_BOOT` for a choice that QEMU, the guest's kernel or its scripts would misread. */
export function checkOptions(options: BootOptions): void {
  const refuse = (what: string) => {
    throw new TestbedError("TESTBED_BOOT", what);
  };
  const { name = "guest", memoryMib = 512, smp = 1, scratch, agentArguments = [] } = options;
  if (!/^[\w-]{1,40}$/.test(name)) refuse(`name ${name}: letters, digits, - and _ only, at most 40`);
  for (const [what, value] of Object.entries({ memoryMib, smp, scratchMib: scratch?.sizeMib ?? 1 })) {
    if (!Number.isSafeInteger(value) || value < 1)
      refuse(`${what} ${value}: give a whole number of at least 1`);
  }
  const odd = agentArguments.find((word) => !/^[^\s,"']+$/.test(word));
  if (odd !== undefined) refuse(`agent argument "${odd}": no spaces, commas or quotes`);
}

/** File names for guest `name` in `folder`. */
export function guestPaths(folder: string, name: string): GuestPaths {
  const at = (suffix: string) => join(folder, `${name}.${suffix}`);
  return {
    qmp: at("qmp"),
    agent: at("agent"),
    control: at("ctl"),
    commands: at("cmd"),
    console: at("console"),
    agentLog: at("agent.log"),
    qemuLog: at("qemu.log"),
    scratch: at("scratch"),
  };
}

/** QEMU's `-accel` and `-cpu` for the accelerator named in `BALLAST_TEST_ACCEL`; emulation if it is not set. */
export function acceleratorArguments(accelerator: string | undefined): string[] {
  if (accelerator === undefined || accelerator === "" || accelerator === "tcg") {
    return ["-accel", "tcg,thread=multi,tb-size=64", "-cpu", "max"];
  }
  return ["-accel", accelerator, "-cpu", "host"];
}

/** The whole command line of QEMU for one guest. */
export function qemuArguments(
  name: string,
  options: BootOptions,
  image: GuestImage,
  paths: GuestPaths,
  accelerator: string | undefined,
): string[] {
  return [
    ...["-name", name, "-nodefaults", "-no-user-config", "-display", "none"],
    ...acceleratorArguments(accelerator),
    ...["-m", memoryArgument(options), "-smp", String(options.smp ?? 1)],
    ...((options.noReboot ?? true) ? ["-no-reboot"] : []),
    ...["-kernel", image.kernelPath, "-initrd", image.initramfsPath],
    ...["-append", kernelCommandLine(name, options)],
    ...["-serial", `file:${paths.console}`, "-serial", `file:${paths.agentLog}`],
    ...["-drive", `file=${image.diskPath},if=virtio,format=raw,readonly=on`],
    ...scratchArguments(options.scratch, paths.scratch),
    ...balloonArguments(options),
    ...portArguments(options, paths),
    ...networkArguments(options),
    ...["-qmp", `unix:${paths.qmp},server=on,wait=off`],
    ...["-chardev", `socket,id=control,path=${paths.control},server=on,wait=off`],
    ...["-mon", "chardev=control,mode=control"],
    ...(options.extraArguments ?? []),
  ];
}

function memoryArgument({ memoryMib = 512, memorySlots = 0 }: BootOptions): string {
  return memorySlots === 0 ? String(memoryMib) : `${memoryMib},slots=${memorySlots},maxmem=${4 * memoryMib}M`;
}

/** What the kernel, and the scripts inside the guest, are told. */
export function kernelCommandLine(name: string, options: BootOptions): string {
  const agent = (options.agent ?? true) ? "on" : "off";
  const args = (options.agentArguments ?? ["run"]).join(",");
  return [
    // The kernel's test of its timer fails, and ends the boot, where an emulated processor waits for a real one.
    ...["console=ttyS0", "quiet", "panic=-1", "psi=1", "no_timer_check"],
    ...[`ballast.name=${name}`, `ballast.agent=${agent}`, `ballast.agent.args=${args}`],
    ...((options.memorySlots ?? 0) === 0 ? [] : ["memhp_default_state=online"]),
    ...(options.network === true ? ["ballast.network=on"] : []),
    ...(options.kernelParameters ?? []),
  ].join(" ");
}

/** The device has nothing to boot from, so it gets no ROM. */
function networkArguments({ network }: BootOptions): string[] {
  if (network !== true) return [];
  return ["-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net0,romfile="];
}

function scratchArguments(scratch: ScratchDisk | undefined, path: string): string[] {
  if (scratch === undefined) return [];
  const rate = scratch.operationsPerSecond;
  const throttle = rate === undefined ? "" : `,throttling.iops-total=${rate}`;
  return ["-drive", `file=${path},if=virtio,format=raw,cache=unsafe${throttle}`];
}

function balloonArguments(options: BootOptions): string[] {
  if (options.balloon === false) return [];
  const onOff = (on: boolean) => (on ? "on" : "off");
  const deflate = `deflate-on-oom=${onOff(options.deflateOnOom ?? false)}`;
  const reporting = `free-page-reporting=${onOff(options.freePageReporting ?? true)}`;
  return ["-device", `virtio-balloon-pci,id=balloon0,${deflate},${reporting}`];
}

function portArguments(options: BootOptions, paths: GuestPaths): string[] {
  const port = (id: string, name: string, path: string) => [
    ...["-chardev", `socket,id=${id},path=${path},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=${id},id=port-${id},name=${name}`],
  ];
  return [
    ...["-device", "virtio-serial-pci"],
    ...(options.agentPort === false ? [] : port("agent0", "org.ballast.agent.0", paths.agent)),
    ...port("testbed0", "org.ballast.testbed.0", paths.commands),
  ];
}
