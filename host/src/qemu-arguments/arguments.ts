/** Splits a QEMU's command line into its options, with those of the files behind `-readconfig`. Pure. */
import { parseOptions, type QemuOptions } from "./option-string.ts";

/** One option in the order of the command line. */
export interface QemuArgument {
  /** Without its dashes: `device`, `m`. */
  readonly name: string;
  /** As it was written; empty for an option that takes none. */
  readonly text: string;
  readonly options: QemuOptions;
  /** Its words on the command line, the first and how many; absent: it stands in a file of `-readconfig`. */
  readonly place?: { readonly first: number; readonly count: number };
}

/** A QEMU has some hundred arguments. */
const MOST_WORDS = 4096;

/** A QEMU's program, whatever starts it: a launcher such as taskset stands before it until it has replaced itself. */
const PROGRAM = /(?:^|\/)(?:qemu-system-[\w-]+|qemu-kvm|kvm)$/;

/** Options that take no argument; all others do (those without `HAS_ARG` in the qemu-options.hx of QEMU 2.0 to 11). */
const ALONE: ReadonlySet<string> = new Set(
  [
    "S s h help version daemonize enable-kvm no-kvm no-kvm-irqchip no-kvm-pit no-kvm-pit-reinjection tdf nodefaults nodefconfig",
    "no-user-config no-shutdown no-reboot no-quit nographic curses sdl show-cursor no-frame alt-grab ctrl-grab full-screen portrait",
    "mem-prealloc no-acpi no-hpet no-fd-bootchk win2k-hack rtc-td-hack localtime snapshot usb only-migratable preconfig singlestep",
    "one-insn-per-tb semihosting old-param enable-fips enable-sync-profile perfmap jitdump audio-help xen-attach xen-create",
    "xen-domid-restrict",
  ].flatMap((line) => line.split(" ")),
);

/** The key of an option's first word where it is written without one (qemu-options.hx, vl.c). */
const IMPLIED: Readonly<Record<string, string>> = {
  name: "guest",
  m: "size",
  device: "driver",
  object: "qom-type",
  chardev: "backend",
  mon: "chardev",
  machine: "type",
  netdev: "type",
  numa: "type",
};

/** Whether the words of a process are those of a QEMU, and which of them its arguments are. */
export function qemuWords(untrustedWords: readonly string[]): readonly string[] | undefined {
  const program = untrustedWords.findIndex((word) => PROGRAM.test(word));
  // A launcher's own words are few: a QEMU that is named far behind is an argument of something else.
  if (program < 0 || (program > 0 && !isLauncher(untrustedWords[0] ?? ""))) return undefined;
  return untrustedWords.slice(program + 1, program + 1 + MOST_WORDS);
}

function isLauncher(program: string): boolean {
  return /(?:^|\/)(?:taskset|numactl|nice|ionice|chrt|setpriv|cgexec|systemd-run|env)$/.test(program);
}

/** The arguments of a QEMU; `readConfig` gives the text of a file behind `-readconfig`, or nothing. */
export function parseArguments(
  untrustedWords: readonly string[],
  readConfig: (path: string) => string | undefined = () => undefined,
): QemuArgument[] {
  const found: QemuArgument[] = [];
  for (let i = 0; i < untrustedWords.length; i++) {
    const word = untrustedWords[i] ?? "";
    if (!word.startsWith("-")) continue;
    const name = word.replace(/^--?/, "");
    const place = { first: i, count: ALONE.has(name) ? 1 : 2 };
    const text = ALONE.has(name) ? "" : (untrustedWords[++i] ?? "");
    const options = parseOptions(text, IMPLIED[name] ?? "");
    found.push({ name, text, options, place });
    if (name === "readconfig") found.push(...parseConfigFile(readConfig(text) ?? ""));
  }
  return found;
}

/** A file of `-readconfig` (QEMU's `qemu_config_parse`): `[group "id"]`, then `key = "value"`. */
function parseConfigFile(untrustedText: string): QemuArgument[] {
  const found: { name: string; text: string; options: Map<string, string> }[] = [];
  for (const line of untrustedText.slice(0, 1024 * 1024).split("\n")) {
    const [, group, id] = /^\[([\w-]+)(?:\s+"([^"]*)")?\]\s*$/.exec(line) ?? [];
    if (group !== undefined) {
      const options = new Map(id === undefined ? [] : [["id", id] as const]);
      found.push({ name: group === "memory" ? "m" : group, text: "", options });
      continue;
    }
    const [, key, value] = /^\s*([\w.-]+)\s*=\s*"([^"]*)"\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found.at(-1)?.options.set(key, value);
  }
  return found;
}

/** Options of one kind, in their order. */
export function named(all: readonly QemuArgument[], name: string): QemuOptions[] {
  return all.filter((argument) => argument.name === name).map(({ options }) => options);
}
