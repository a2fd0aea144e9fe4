/** Starts the packaged broker under a real systemd, and proves that its unit leaves it all that it needs, and no more. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePackages } from "../../packaging/packages.ts";
import { bootGuest } from "../testbed/boot.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { skipReason } from "../testbed/requirements.ts";
import { enterSystemd, systemdDisk } from "../testbed/systemd.ts";

const PATIENCE_MS = 120_000;
const UNIT = "ballastd.service";
const GROUP = `/sys/fs/cgroup/system.slice/${UNIT}`;
const reason = skipReason();

describe.skipIf(reason !== undefined)(
  `the packaged broker under a real systemd (${reason ?? "QEMU"})`,
  () => {
    let folder: string;
    let guest: TestGuest;
    const run = (command: string) => guest.run(command, { timeoutMs: PATIENCE_MS });

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "ballast-host-package-"));
      const made = join(folder, "made");
      await makePackages(["deb"], made, "quick");
      const file = readdirSync(made).find((name) => name.startsWith("ballast_")) ?? "";
      const files = join(folder, "files.tar");
      execFileSync("sh", ["-c", 'dpkg-deb --fsys-tarfile "$0" >"$1"', join(made, file), files]);
      guest = await bootGuest({
        name: "node",
        agent: false,
        memoryMib: 768,
        extraArguments: await systemdDisk(),
        agentFiles: { "ballast.tar": files },
      });
      await enterSystemd(guest);
      // The scripts of the package are tried where a package manager is (packages.test.ts); this system has none.
      // Nor have those of Debian run that would have made this link.
      await run("ln -s bash /bin/sh");
      await run("/opt/testbed/busybox tar -x -f /mnt/agent/ballast.tar -C /");
      await run(
        "systemd-sysusers ballast.conf; systemd-tmpfiles --create ballast.conf; systemctl daemon-reload",
      );
    });
    afterAll(async () => {
      await guest?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it("starts, answers, and complains of nothing", async () => {
      expect((await run(`systemctl start ${UNIT}; systemctl is-active ${UNIT}`)).output).toBe("active");
      await run("for i in $(seq 100); do ballast status >/dev/null && break; sleep 0.2; done");
      const { status, output } = await run("ballast status");
      expect({ status, output }).toEqual({ status: 0, output: expect.stringMatching(/observe/) });
      expect(
        (await run(`journalctl -u ${UNIT} -o cat | grep -E '"level":(40|50|"warn"|"error")'`)).output,
      ).toBe("");
    });

    it("offers its socket to root and the group ballast alone", async () => {
      expect((await run("stat -c '%a %U %G' /run/ballast /run/ballast/control.sock")).output).toBe(
        "2750 root ballast\n660 root ballast",
      );
    });

    it("may set KSM's knobs and keep its state, and can write nothing else", async () => {
      const inside = (command: string) =>
        run(`nsenter --target $(systemctl show -p MainPID --value ${UNIT}) --mount sh -c '${command}'`);
      expect(
        (await inside("cat /sys/kernel/mm/ksm/run >/sys/kernel/mm/ksm/run && touch /var/lib/ballast/x"))
          .status,
      ).toBe(0);
      expect((await inside("touch /etc/ballast/x")).output).toMatch(/Read-only file system/);
      expect((await inside("echo 0 >/proc/sys/vm/swappiness")).output).toMatch(/Read-only file system/);
      expect((await run(`cat /proc/$(head -n 1 ${GROUP}/cgroup.procs)/status | grep CapBnd`)).output).toMatch(
        // DAC_OVERRIDE is bit 1, SYS_PTRACE bit 19 of linux/capability.h.
        /0000000000080002$/,
      );
    });

    it("takes a changed config at a reload", async () => {
      await run("sed -i 's/^onStop: hold/onStop: release/' /etc/ballast/ballastd.yaml");
      expect((await run(`systemctl reload ${UNIT}; sleep 1; systemctl is-active ${UNIT}`)).output).toBe(
        "active",
      );
      expect((await run(`journalctl -u ${UNIT} -o cat`)).output).toMatch(/reload/);
    });

    it("hands over at an upgrade's signal and leaves balloons, whatever onStop says", async () => {
      await run(
        `systemctl kill --kill-who=main --signal=SIGUSR2 ${UNIT}; sleep 1; systemctl restart ${UNIT}`,
      );
      expect((await run(`journalctl -u ${UNIT} -o cat`)).output).toMatch(
        /SIGUSR2: balloons are left as they are/,
      );
      expect((await run(`systemctl is-active ${UNIT}`)).output).toBe("active");
    });
  },
);
