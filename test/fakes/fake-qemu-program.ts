/** Fake QEMU as a program, for inside a booted system: a guest of 1 GiB on the monitor that is named. It prints each target that is set. */
import { FakeQemu } from "./fake-qemu.ts";

const MEMORY_BYTES = 1024 * 1024 * 1024;
const USED_BYTES = 200 * 1024 * 1024;
const LOOK_MS = 100;

const [, , path = "web1.qmp"] = process.argv;
// Its statistics are polled already, as on Proxmox: so what it needs is known while it is only observed.
const qemu = await FakeQemu.start({
  path,
  memoryBytes: MEMORY_BYTES,
  usedBytes: USED_BYTES,
  pollingSeconds: 1,
});
let printed = 0;
setInterval(() => {
  const fresh = qemu.commands.slice(printed);
  printed += fresh.length;
  for (const { name, args } of fresh)
    if (name === "balloon") process.stdout.write(`target ${args["value"]}\n`);
}, LOOK_MS);
