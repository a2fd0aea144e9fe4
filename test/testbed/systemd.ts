/** Owns turning a booted guest into a Debian system with a real systemd. */
import { TestbedError } from "./errors.ts";
import type { TestGuest } from "./guest.ts";
import { buildSystemdRoot } from "./image/systemd-root.ts";
import { waitFor } from "./wait.ts";

/** A whole Debian takes a quarter of a minute on an idle machine, and a minute where others compute. */
const BOOT_TIMEOUT_MS = 600_000;
const PROBE_TIMEOUT_MS = 30_000;

/** QEMU's arguments that give a guest the system's disk, of which it changes a copy in memory; in the place of its scratch disk. */
export async function systemdDisk(): Promise<string[]> {
  return ["-drive", `file=${await buildSystemdRoot()},if=virtio,format=raw,snapshot=on`];
}

/** Starts the system on that disk in place of the testbed's own and waits until it is up; throws `TESTBED_BOOT`. */
export async function enterSystemd(guest: TestGuest): Promise<void> {
  await guest.run("(sleep 0.2; kill -QUIT 1) >/dev/null 2>&1 &");
  const isUp = async () => {
    if (!guest.isRunning()) throw new TestbedError("TESTBED_BOOT", `no systemd:\n${guest.consoleText()}`);
    const answer = guest.run("systemctl is-system-running --wait", { timeoutMs: PROBE_TIMEOUT_MS });
    return (await answer.catch(() => undefined))?.output === "running";
  };
  await waitFor("systemd", isUp, { timeoutMs: BOOT_TIMEOUT_MS });
  await guest.run("mount -o ro /dev/vda /mnt");
}
