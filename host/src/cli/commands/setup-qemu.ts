/** `ballast setup qemu`: the arguments with which a QEMU is started for Ballast. Only prints. */
import { join } from "node:path";
import { parseSocketPath } from "../../config/names.ts";
import { UsageError } from "../../exit.ts";
import {
  agentPortArguments,
  balloonArguments,
  monitorArguments,
  type VirtioTransport,
  wordsOf,
} from "../../qemu-arguments/ballast-arguments.ts";
import { shellQuoted } from "../format/shell.ts";
import { printJson, type Terminal } from "../terminal.ts";

/** How a machine attaches virtio devices. On pc and q35 alike they stand on the root bus, in a place that QEMU chooses. */
export const MACHINES: Readonly<Record<string, VirtioTransport>> = {
  pc: "pci",
  q35: "pci",
  virt: "pci",
  microvm: "device",
  "s390-ccw-virtio": "ccw",
};

export interface SetupQemuOptions {
  readonly name: string;
  readonly folder: string;
  readonly machine: string;
  readonly json?: boolean;
}

export function setupQemu({ name, folder, machine, json }: SetupQemuOptions, terminal: Terminal): void {
  const qmp = socketPath(folder, `${name.replaceAll("/", "-")}.qmp`);
  const agent = socketPath(folder, `${name.replaceAll("/", "-")}.agent`);
  const transport = MACHINES[machine] ?? "pci";
  const words = wordsOf([
    ...monitorArguments(qmp),
    ...balloonArguments(transport),
    ...agentPortArguments(agent, transport),
  ]);
  if (json) {
    printJson(terminal, { arguments: words, entry: { name, qmp, agent } });
    return;
  }
  const lines = words.flatMap((word, i) =>
    i % 2 === 0 ? [`${word} ${shellQuoted(words[i + 1] ?? "")}`] : [],
  );
  terminal.out(lines.join(" \\\n"));
  terminal.err(
    [
      "",
      `${folder} must be there before QEMU starts, and only root may enter it: install -d -m 0700 ${shellQuoted(folder)}`,
      "Ballast finds the guest by itself where the config says guests.qemu: auto. Otherwise list it there:",
      "guests:",
      "  static:",
      `    - { name: ${name}, qmp: ${JSON.stringify(qmp)}, agent: ${JSON.stringify(agent)} }`,
    ].join("\n"),
  );
}

function socketPath(folder: string, file: string): string {
  const path = parseSocketPath(join(folder, file));
  if (path.ok) return path.value;
  throw new UsageError(`${path.message}; ${path.advice}`);
}
