/** The arguments with which a QEMU gets what Ballast needs: a monitor of its own, the agent's port, and a balloon. Pure. */

/** The port's name that the agent opens in its guest. */
export const AGENT_PORT = "org.ballast.agent.0";

/** What a part is for: a guest may lack each of them. */
export type BallastPart = "agent-port" | "monitor" | "balloon" | "deflate-on-oom";

/** One option of QEMU with its value, as two words of a command line. */
export interface BallastArgument {
  readonly part: BallastPart;
  /** Without its dash. */
  readonly name: string;
  readonly text: string;
}

/** How virtio devices are attached: PCI on pc, q35 and virt; MMIO on microvm; channel I/O on s390x. */
export const VIRTIO_TRANSPORTS = ["pci", "device", "ccw"] as const;
export type VirtioTransport = (typeof VIRTIO_TRANSPORTS)[number];

/** Ids by which these arguments are found again. */
export const BALLAST_IDS = {
  monitor: "ballast-qmp",
  channel: "ballast0",
  bus: "ballastser",
  balloon: "balloon0",
} as const;

/** Its value where the balloon device is another's: it holds for any balloon, and does no harm where there is none. */
export const DEFLATE_ON_OOM = "virtio-balloon-pci.deflate-on-oom=on";

/** A QMP monitor of our own: QEMU serves one client for each. QEMU takes the place of a socket that is left over. */
export function monitorArguments(path: string): BallastArgument[] {
  const part = "monitor";
  return [
    { part, name: "chardev", text: serverSocket(BALLAST_IDS.monitor, path) },
    { part, name: "mon", text: `chardev=${BALLAST_IDS.monitor},mode=control` },
  ];
}

/** The agent's port on a virtio-serial bus of its own, so that it depends on no other device. */
export function agentPortArguments(path: string, transport: VirtioTransport = "pci"): BallastArgument[] {
  const part = "agent-port";
  const { bus, channel } = BALLAST_IDS;
  return [
    { part, name: "chardev", text: serverSocket(channel, path) },
    { part, name: "device", text: `virtio-serial-${transport},id=${bus}` },
    { part, name: "device", text: `virtserialport,bus=${bus}.0,chardev=${channel},name=${AGENT_PORT}` },
  ];
}

/** A balloon that gives memory back by itself before the guest's OOM killer acts, and reports free pages. */
export function balloonArguments(transport: VirtioTransport = "pci"): BallastArgument[] {
  const device = `virtio-balloon-${transport},id=${BALLAST_IDS.balloon}`;
  return [{ part: "balloon", name: "device", text: `${device},deflate-on-oom=on,free-page-reporting=on` }];
}

/** For a balloon that another program adds. */
export function deflateOnOomArguments(): BallastArgument[] {
  return [{ part: "deflate-on-oom", name: "global", text: DEFLATE_ON_OOM }];
}

/** As words of a command line. */
export function wordsOf(all: readonly BallastArgument[]): string[] {
  return all.flatMap(({ name, text }) => [`-${name}`, text]);
}

/** A comma in a value is doubled (QEMU's `util/keyval.c`). */
function serverSocket(id: string, path: string): string {
  return `socket,id=${id},path=${path.replaceAll(",", ",,")},server=on,wait=off`;
}
