import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../../../host/src/cli/program.ts";
import { parseConfig } from "../../../../host/src/config/parse.ts";
import { keepingTerminal } from "../../../fakes/keeping-terminal.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const FAKE_QM = fileURLToPath(new URL("../../../fakes/fake-qm.ts", import.meta.url));
const FIXTURES = fileURLToPath(new URL("../../../fixtures/pve-configs/", import.meta.url));

/** A Proxmox node with a fake `qm` before all else in `PATH`. */
class PveNode {
  readonly root = tempFolder();
  readonly config = join(this.root, "ballastd.yaml");
  readonly configText =
    `# the admin's\nmode: act\nguests:\n  proxmox: { enabled: auto, folder: "${this.root}" }\nstate: ${this.root}/state # here\n`;

  constructor() {
    const { root } = this;
    for (const folder of ["nodes/pve1/qemu-server", "running", "bin", "proc"])
      mkdirSync(join(root, folder), { recursive: true });
    symlinkSync("nodes/pve1", join(root, "local"));
    writeFileSync(this.config, this.configText);
    chmodSync(this.config, 0o640);
    writeFileSync(join(root, "bin/qm"), `#!/bin/sh\nexec "${process.execPath}" "${FAKE_QM}" "$@"\n`, {
      mode: 0o755,
    });
    vi.stubEnv("PATH", `${join(root, "bin")}${delimiter}${process.env["PATH"]}`);
    vi.stubEnv("FAKE_PVE", root);
  }

  path(vmid: number) {
    return join(this.root, `nodes/pve1/qemu-server/${vmid}.conf`);
  }

  configure(vmid: number, text = readFileSync(join(FIXTURES, `${vmid}.conf`), "utf8")) {
    writeFileSync(this.path(vmid), text);
  }

  text(vmid: number) {
    return readFileSync(this.path(vmid), "utf8");
  }

  start(vmid: number) {
    writeFileSync(join(this.root, "running", String(vmid)), "");
    mkdirSync(join(this.root, "proc", String(vmid)));
    const words = ["/usr/bin/kvm", "-id", String(vmid), "-pidfile", `/var/run/qemu-server/${vmid}.pid`];
    writeFileSync(
      join(this.root, "proc", String(vmid), "cmdline"),
      words.map((word) => `${word}\0`).join(""),
    );
  }

  get commands(): string[][] {
    const log = join(this.root, "qm.log");
    return existsSync(log)
      ? readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  }

  async ballast(...args: string[]) {
    const { terminal, lines } = keepingTerminal();
    const code = await run(["setup", "proxmox", ...args, "--config", this.config], {
      terminal,
      ...{ socketPath: "/none", signal: new AbortController().signal },
      ...{ roots: { proc: join(this.root, "proc"), sys: "/sys" }, repairKsm: async () => ({ text: "" }) },
      findGuests: async () => ({ entries: [], problems: [] }),
    });
    return { code, ...lines };
  }
}

let node: PveNode;
beforeEach(() => {
  node = new PveNode();
});
afterEach(() => vi.unstubAllEnvs());

describe("ballast setup proxmox", () => {
  it("prints what is missing as commands, and changes nothing", async () => {
    node.configure(103);
    node.start(103);
    const before = node.text(103);
    const { code, out, err } = await node.ballast("103");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("qemu/103 (shop-db), running\n");
    expect(out).toContain(
      "Hand it over from Proxmox's balancer to Ballast. It holds at once:\n  qm set 103 --shares 0\n",
    );
    expect(out).toContain('      "qemu/103": { shares: 3000 }\n');
    expect(out).toMatch(
      /started the guest anew \(qm reboot 103;.*\n {2}qm set 103 --args '-chardev socket,id=ballast0/,
    );
    expect(out).toContain("ballast agent token qemu/103");
    expect(out).toContain("Nothing is changed yet. To do it: ballast setup proxmox 103 --apply\n");
    expect(node.text(103)).toBe(before);
    expect(readFileSync(node.config, "utf8")).toBe(node.configText);
    expect([node.commands, existsSync(join(node.root, "state"))]).toEqual([[], false]);
  });

  it("does it with qm, keeps the admin's weight in our config, and takes both back exactly", async () => {
    node.configure(103);
    node.start(103);
    const before = node.text(103);
    const applied = await node.ballast("qemu/103", "--apply");
    expect(applied).toMatchObject({ code: 0, err: "" });
    expect(applied.out).toContain("done: qm set 103 --shares 0\n");
    expect(applied.out).toContain(`Its weight of 3000 is in ${node.config} now`);
    expect(node.text(103)).toMatch(/^shares: 0$/m);
    expect(node.text(103)).toMatch(/\[PENDING\]\nargs: -chardev/);
    const config = readFileSync(node.config, "utf8");
    expect(config).toBe(
      node.configText.replace("\nstate", "\n  overrides:\n    qemu/103: { shares: 3000 }\nstate"),
    );
    expect(statSync(node.config).mode & 0o777).toBe(0o640);
    const parsed = parseConfig(config, "x");
    expect(parsed.ok && parsed.config.inventories.overrides).toEqual({ "qemu/103": { shares: 3000 } });
    expect((await node.ballast("103", "--apply")).out).toContain("has all that Ballast needs");
    expect(node.commands.map((words) => words.slice(0, 4).join(" "))).toEqual([
      "set 103 --shares 0",
      expect.stringContaining("set 103 --args -chardev"),
    ]);
    const removed = await node.ballast("103", "--remove", "--apply");
    expect(removed.out).toContain("done: qm set 103 --revert args\ndone: qm set 103 --shares 3000\n");
    expect(node.text(103)).toBe(before);
    expect(readFileSync(node.config, "utf8")).toBe(node.configText);
    expect(readdirSync(join(node.root, "state/setup"))).toEqual([]);
    expect((await node.ballast("103", "--remove")).out).toContain(
      "There is nothing of Ballast in its configuration",
    );
  });

  it("prints the way back and goes it only with --apply", async () => {
    node.configure(102);
    await node.ballast("102", "--apply");
    const set = node.text(102);
    const shown = await node.ballast("102", "--remove");
    expect(shown.out).toContain("  qm set 102 --delete args\n");
    expect(shown.out).toContain("  qm set 102 --delete shares\n");
    expect(shown.out).toContain("ballast setup proxmox 102 --remove --apply");
    expect(node.text(102)).toBe(set);
  });

  it("changes the file behind a config that is a link, and keeps the link", async () => {
    node.configure(103);
    renameSync(node.config, join(node.root, "real.yaml"));
    symlinkSync("real.yaml", node.config);
    await node.ballast("103", "--apply");
    expect(lstatSync(node.config).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(node.root, "real.yaml"), "utf8")).toContain("qemu/103: { shares: 3000 }");
  });

  it("takes nothing from a guest to which it had nothing to add", async () => {
    node.configure(114);
    await node.ballast("114", "--apply", "--no-deflate-on-oom");
    await node.ballast("114", "--remove", "--apply");
    expect(node.commands).toEqual([]);
  });

  it("leaves a weight that the admin wrote into our config, before and after", async () => {
    node.configure(103);
    const text = `${node.configText.replace("\nstate", "\n  overrides:\n    qemu/103: { shares: 50 }\nstate")}`;
    writeFileSync(node.config, text);
    await node.ballast("103", "--apply");
    expect(readFileSync(node.config, "utf8")).toBe(text);
    await node.ballast("103", "--remove", "--apply");
    expect(readFileSync(node.config, "utf8")).toBe(text);
  });

  it("prints JSON", async () => {
    node.configure(102);
    const { out } = await node.ballast("102", "--json");
    expect(JSON.parse(out)).toMatchObject({
      ...{
        guest: "qemu/102",
        direction: "set-up",
        running: false,
        applied: false,
        waitsForRestart: false,
        notes: [],
      },
      changes: [
        { kind: "hand-over", command: ["qm", "set", "102", "--shares", "0"], needsRestart: false },
        { kind: "arguments", added: ["agent-port", "monitor", "deflate-on-oom"] },
      ],
    });
  });

  it("stops where qm refuses, says what qm said, and goes on from there the next time", async () => {
    node.configure(103);
    writeFileSync(
      join(node.root, "fail"),
      "can't lock file '/var/lock/qemu-server/lock-103.conf' - got timeout",
    );
    expect(await node.ballast("103", "--apply")).toMatchObject({
      ...{ code: 1, out: "" },
      err: expect.stringContaining("qm set 103 failed: can't lock file"),
    });
    const before = node.text(103);
    rmSync(join(node.root, "fail"));
    await node.ballast("103", "--apply");
    expect(node.text(103)).toMatch(/^shares: 0$/m);
    await node.ballast("103", "--remove", "--apply");
    expect(node.text(103)).toBe(before);
    expect(readFileSync(node.config, "utf8")).toBe(node.configText);
  });

  it("hands qm the digest of the configuration that it read, so that an edit in between is not lost", async () => {
    node.configure(102);
    await node.ballast("102", "--apply");
    for (const words of node.commands) expect(words.at(-2)).toBe("--digest");
  });

  it.each([
    [107, "it is a template"],
    [108, "passed-through device"],
    [117, "is locked (backup): run this again"],
    [999, "is no guest of this node (pve1): run this on the node that it is on"],
  ])("refuses guest %s and says why", async (vmid, why) => {
    if (vmid !== 999) node.configure(vmid);
    const { code, err, out } = await node.ballast(String(vmid), "--apply");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(why);
    expect(node.commands).toEqual([]);
  });

  it("changes nothing of Proxmox's where our config cannot take the weight", async () => {
    node.configure(103);
    writeFileSync(`${node.config}.new`, "");
    const { code, err } = await node.ballast("103", "--apply");
    expect(code).toBe(1);
    expect(err).toContain("another command is changing it; if none is, remove");
    expect(node.commands).toEqual([]);
    writeFileSync(node.config, "mode: fly\n");
    expect(await node.ballast("103", "--apply")).toMatchObject({
      code: 2,
      err: expect.stringContaining("mode"),
    });
  });

  it("says that there is no qm where there is none, and that a word is no number of a guest", async () => {
    node.configure(102);
    rmSync(join(node.root, "bin/qm"));
    vi.stubEnv("PATH", join(node.root, "bin"));
    expect((await node.ballast("102", "--apply")).err).toContain("there is no qm here");
    expect(await node.ballast("web1")).toMatchObject({ code: 2 });
  });
});
