/** Command lines of QEMU, as `/proc/PID/cmdline` has them, and the files behind `-readconfig`. */
import { describeQemu } from "../../../host/src/qemu-arguments/describe.ts";
import { type FuzzTarget, promiseSizes, textOf } from "../target.ts";
import { recorded } from "./fixtures.ts";

export const target: FuzzTarget = {
  seeds: [
    ...recorded("pve-configs/cmdlines", /\.cmdline$/).map((bytes) =>
      Buffer.from(bytes.includes(0) ? bytes : textOf(bytes).replaceAll(/\s+/g, "\0")),
    ),
    ...recorded("pve-configs/cmdlines", /\.conf$/),
  ],
  words: [
    "\0",
    "-m\0",
    "-device\0",
    "-object\0",
    "-mon\0",
    "-chardev\0",
    "-qmp\0",
    "unix:",
    "size=",
    ",,",
    "on",
    "{",
    "virtio-balloon-pci",
    "-readconfig\0",
    "maxmem=1T",
  ],
  run: (untrustedBytes) => {
    const text = textOf(untrustedBytes);
    const words = ["/usr/bin/qemu-system-x86_64", ...text.split("\0")];
    for (const line of [words, ["qemu-system-x86_64", "-readconfig", "x"]]) {
      const described = describeQemu(line, { cwd: "/vm", readConfig: () => text });
      if (described !== undefined) promiseSizes(described.memory);
    }
  },
};
