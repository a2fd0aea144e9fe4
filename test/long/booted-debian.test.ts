/** Installs, uses, upgrades, removes and purges the packages in a booted Debian with a real systemd, step by step as host/docs/install.md tells. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BootedDebian, MADE, MONITOR, NEWER, SYSTEM } from "../testbed/booted-debian.ts";
import { debianSkipReason } from "../testbed/debian-root.ts";
import type { DebianSuite } from "../testbed/image/debian-archive.ts";
import { skipReason } from "../testbed/requirements.ts";
import { agentReports } from "../testbed/scene.ts";

const SET_UP_MS = 1_800_000;
const UNIT = "ballastd.service";
const CONFIG = "/etc/ballast/ballastd.yaml";
const FULL_BYTES = 1024 * 1024 * 1024;
const TARGET_BYTES = 512 * 1024 * 1024;
const THREE_LINES = [
  "mode: observe",
  `guests: { static: [ { name: web1, qmp: ${MONITOR} } ] }`,
  "ksm: { mode: adaptive }",
];
/** What dpkg, systemd and programs note about themselves while the system runs. */
const NOT_OURS = [
  ..."/proc /sys /dev /run /root /tmp /mnt /var/tmp /var/log /var/cache /var/lib/dpkg /var/lib/apt".split(
    " ",
  ),
  ..."/var/lib/systemd/timers /var/lib/systemd/random-seed".split(" "),
];
/** Every path, what is in each file of /etc (users among them), units, and what differs from Debian's packages. */
const STATE = [
  `find / \\( ${NOT_OURS.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o -print | sort`,
  // Names that end so are copies that the programs for users keep.
  "find /etc -type f -not -name '*-' | sort | xargs sha256sum",
  "systemctl list-unit-files --no-legend | sort",
  "ls -d /run/ballast*",
  "dpkg --verify",
].join("; ");
const KSM = "cd /sys/kernel/mm/ksm; grep . run pages_to_scan sleep_millisecs merge_across_nodes";

const reason = skipReason() ?? debianSkipReason();
/** `bookworm`, `trixie`, or both with a comma between; each takes minutes. */
const suites = (process.env["BALLAST_TEST_DEBIAN"] ?? "trixie").split(",") as DebianSuite[];

describe.skipIf(reason !== undefined).each(suites)(
  `in a booted Debian (%s, ${reason ?? "QEMU"})`,
  (suite) => {
    let debian: BootedDebian;
    let before: string;
    let ksmBefore: string;
    const done = (output: unknown = expect.anything()) => expect.objectContaining({ status: 0, output });
    const saying = (pattern: RegExp) => done(expect.stringMatching(pattern));
    const complaints = () =>
      debian.outputOf(`journalctl -u ${UNIT} -o cat | grep -E '"level":"?(40|50|warn|error)'`);

    beforeAll(async () => {
      debian = await BootedDebian.open(suite);
      before = await debian.outputOf(STATE);
      ksmBefore = await debian.outputOf(KSM);
    }, SET_UP_MS);
    afterAll(() => debian?.close());

    it("the broker is installed, observes at once, and complains of nothing", async () => {
      expect(await debian.run(`apt-get install -y ${MADE}/ballast_*.deb`)).toEqual(
        saying(/it observes and moves nothing yet/),
      );
      expect(await debian.eventually("ballast status")).toEqual(saying(/mode observe: .*no guests/s));
      expect(await debian.outputOf(`systemctl is-enabled ${UNIT}`)).toBe("enabled");
      expect(await complaints()).toBe("");
    });

    it("a reload that comes before the program can take it does not end it for good", async () => {
      await debian.run(`systemctl restart ${UNIT}; systemctl reload ${UNIT}; sleep 1`);
      expect(await debian.eventually("ballast status")).toEqual(done());
      expect(await debian.outputOf(`systemctl is-active ${UNIT}`)).toBe("active");
    });

    it("its socket is offered to root and the group ballast alone", async () => {
      expect(await debian.outputOf("stat -c '%a %U %G' /run/ballast /run/ballast/control.sock")).toBe(
        "2750 root ballast\n660 root ballast",
      );
    });

    it("it may set KSM's knobs and keep its state, and can write nothing else", async () => {
      const inside = (command: string) =>
        debian.run(
          `nsenter --target $(systemctl show -p MainPID --value ${UNIT}) --mount sh -c "${command}"`,
        );
      expect(
        await inside(
          "echo $(cat /sys/kernel/mm/ksm/run) >/sys/kernel/mm/ksm/run && touch /var/lib/ballast/x",
        ),
      ).toEqual(done());
      expect((await inside("touch /etc/ballast/x")).output).toMatch(/Read-only file system/);
      expect((await inside("echo 0 >/proc/sys/vm/swappiness")).output).toMatch(/Read-only file system/);
      expect(
        await debian.outputOf(`grep CapBnd /proc/$(systemctl show -p MainPID --value ${UNIT})/status`),
      ).toMatch(
        // DAC_OVERRIDE is bit 1, SYS_PTRACE bit 19 of linux/capability.h.
        /0000000000080002$/,
      );
    });

    it("three lines of config and a reload are enough to see the guest", async () => {
      await debian.run(`printf "%s\\n" ${THREE_LINES.map((line) => `"${line}"`).join(" ")} >${CONFIG}`);
      expect(await debian.run("ballast check")).toEqual(saying(/fine, 1 guest, mode observe/));
      expect(await debian.run(`systemctl reload ${UNIT}`)).toEqual(done());
      expect(await debian.eventually("ballast status | grep web1")).toEqual(done());
    });

    it("the report says what could be lent, and what act would need", async () => {
      expect(await debian.eventually("ballast report | grep -E 'web1 +[0-9]'")).toEqual(done());
      // For the docs, which show the report after ten minutes.
      await debian.run(`sleep ${process.env["BALLAST_TEST_REPORT_AFTER_SECONDS"] ?? 0}`);
      expect(await debian.run("ballast report")).toEqual(saying(/could be lent.*ballast act GUEST/s));
      expect(await debian.targets()).toEqual([]);
    });

    it("the guest's balloon moves once the admin says so", async () => {
      expect(await debian.run("ballast act web1; ballast balloon web1 512MiB")).toEqual(
        saying(/its balloon is moved from now on/),
      );
      expect(await debian.eventually("ballast status | grep 'web1.* 512.0Mi  512.0Mi '")).toEqual(done());
      expect((await debian.targets()).at(-1)).toBe(TARGET_BYTES);
    });

    it("KSM is controlled once the admin says so, and rests while no guest's memory can be merged", async () => {
      await debian.run(
        `sed -i 's/observe/act/' ${CONFIG}; echo 'onStop: release' >>${CONFIG}; systemctl reload ${UNIT}`,
      );
      expect(await debian.eventually("ballast ksm on")).toEqual(done());
      expect(await debian.eventually(`journalctl -u ${UNIT} -o cat | grep 'can be merged'`)).toEqual(done());
    });

    it("an upgrade keeps the config, and lets go of no balloon, whatever onStop says", async () => {
      const [config, earlier] = [await debian.outputOf(`cat ${CONFIG}`), (await debian.targets()).length];
      const running = await debian.outputOf(`systemctl show -p MainPID --value ${UNIT}`);
      expect(await debian.run(`apt-get install -y ${NEWER}/ballast_*.deb`)).toEqual(
        saying(/Unpacking .*\.next\) over/),
      );
      expect(await debian.outputOf(`cat ${CONFIG}`)).toBe(config);
      expect(await debian.eventually("ballast status | grep -E 'web1 +held +512.0Mi '")).toEqual(done());
      expect(await debian.outputOf(`systemctl show -p MainPID --value ${UNIT}`)).not.toBe(running);
      expect((await debian.targets()).slice(earlier).filter((bytes) => bytes !== TARGET_BYTES)).toEqual([]);
      expect(await debian.outputOf(`journalctl -u ${UNIT} -o cat`)).toMatch(
        /SIGUSR2: balloons are left as they are/,
      );
    });

    it("the agent is started by udev at its port, is heard by the host, and again after an upgrade", async () => {
      for (const folder of [MADE, NEWER]) {
        expect(await debian.run(`apt-get install -y ${folder}/ballast-agent_*.deb`)).toEqual(done());
        expect(await debian.eventually("systemctl is-active ballast-agent")).toEqual(done("active"));
        await agentReports(debian.scene.broker, SYSTEM);
      }
      expect(await debian.outputOf("journalctl -u ballast-agent -o cat | grep -E '^(warn|error)'")).toBe("");
    });

    it("a removal says what becomes of balloons and KSM, does so, and leaves the config", async () => {
      expect(await debian.run("apt-get remove -y ballast ballast-agent")).toEqual(
        saying(/leaves balloons as onStop.*puts KSM's settings back/s),
      );
      expect((await debian.targets()).at(-1)).toBe(FULL_BYTES);
      expect(await debian.outputOf(KSM)).toBe(ksmBefore);
      expect(await debian.outputOf(`tail -n 1 ${CONFIG}`)).toBe("onStop: release");
      expect(await debian.outputOf(`systemctl is-active ${UNIT} ballast-agent`)).toBe("inactive\ninactive");
    });

    it("a purge leaves nothing: files, users, units, KSM and what dpkg knows are as before", async () => {
      expect(await debian.run("apt-get purge -y ballast ballast-agent")).toEqual(done());
      expect((await debian.outputOf(STATE)).split("\n")).toEqual(before.split("\n"));
      expect(await debian.outputOf(KSM)).toBe(ksmBefore);
    });
  },
);
