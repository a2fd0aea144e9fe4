/** The words beneath `ballast setup`. */
import { Argument, type Command, Option } from "commander";
import { folderArgument, guestArgument, vmidArgument } from "./arguments.ts";
import { type SetupLibvirtOptions, setupLibvirt } from "./commands/setup-libvirt.ts";
import { type SetupContext, type SetupProxmoxOptions, setupProxmox } from "./commands/setup-proxmox.ts";
import { MACHINES, type SetupQemuOptions, setupQemu } from "./commands/setup-qemu.ts";
import { configOption, WrittenOption } from "./words.ts";

export function addSetup(program: Command, context: SetupContext): void {
  const setup = program
    .command("setup")
    .description("what a guest's QEMU must be started with for Ballast, and how to add it");
  setup
    .command("proxmox")
    .description(
      "a guest of Proxmox: its own monitor, the agent's port, and the hand-over; prints, and changes nothing without --apply",
    )
    .addArgument(new Argument("<vmid>", "number of the guest").argParser(vmidArgument))
    .option("--apply", "do it, with Proxmox's own qm")
    .option("--remove", "the way back: take out exactly what was added")
    .option("--no-deflate-on-oom", "leave out that the balloon gives memory back by itself as a last net")
    .addOption(configOption())
    .option("--json", "print JSON")
    .action((vmid: number, options: SetupProxmoxOptions) => setupProxmox(vmid, options, context));
  setup
    .command("libvirt")
    .description(
      "a domain of libvirt: the agent's port in its persistent definition; prints, and changes nothing without --apply",
    )
    .argument("<domain>", "name of the domain")
    .option("--apply", "do it, through libvirt")
    .option("--remove", "the way back: take out exactly what was added")
    .addOption(configOption())
    .option("--json", "print JSON")
    .action((domain: string, options: SetupLibvirtOptions) =>
      setupLibvirt(domain, options, context.terminal),
    );
  setup
    .command("qemu")
    .description("print the arguments to add to a QEMU's command line")
    .addOption(new Option("--name <guest>", "name of the guest").default("web1").argParser(guestArgument))
    .addOption(
      new WrittenOption("--folder <path>", "folder of the sockets", "folders")
        .default("/run/vm")
        .argParser(folderArgument),
    )
    .addOption(new Option("--machine <type>", "QEMU's machine").choices(Object.keys(MACHINES)).default("q35"))
    .option("--json", "print JSON")
    .action((options: SetupQemuOptions) => setupQemu(options, context.terminal));
}
