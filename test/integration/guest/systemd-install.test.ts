/** The packaged agent installs itself into an image's folder; what it writes is checked by systemd's own tool. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { missing, SYSTEMD_REQUIREMENTS } from "../../testbed/requirements.ts";

const PACKAGING_MS = 120_000;
const UNIT = "etc/systemd/system/ballast-agent.service";
const PROGRAM = "usr/local/bin/ballast-agent";
const NOBODY = 65534;
let program: string;
let root: string;

beforeAll(async () => {
  program = await packagedAgent();
}, PACKAGING_MS);
beforeEach(() => {
  root = socketFolder();
});

function agent(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe("installing into an image", () => {
  it("puts the executable, the unit and the udev rule where they belong, and says so", () => {
    const { status, stdout } = agent("install", "--root", root, "--log-level", "warn");
    expect(status).toBe(0);
    expect(filesIn(root)).toEqual([
      "etc/systemd/system/ballast-agent.service",
      "etc/udev/rules.d/90-ballast-agent.rules",
      PROGRAM,
      `${PROGRAM}.koffi.node`,
    ]);
    for (const file of filesIn(root)) expect(stdout).toContain(`installed ${join(root, file)}\n`);
    expect(statSync(join(root, PROGRAM)).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(root, UNIT), "utf8")).toContain(`ExecStart=/${PROGRAM} run --log-level warn\n`);
    expect(spawnSync(join(root, PROGRAM), ["version"], { encoding: "utf8" }).status).toBe(0);
  });

  it("may be repeated with other options, over whatever is there", () => {
    agent("install", "--root", root, "--url", "wss://host:7781", "--token-file", "/etc/ballast/token");
    const wanted = join(root, "etc/systemd/system/multi-user.target.wants/ballast-agent.service");
    expect(readlinkSync(wanted)).toBe("../ballast-agent.service");
    writeFileSync(join(root, PROGRAM), "an older one");
    expect(agent("install", "--root", root).status).toBe(0);
    expect(existsSync(wanted)).toBe(false);
    expect(readFileSync(join(root, UNIT), "utf8")).toContain(`ExecStart=/${PROGRAM} run\n`);
    expect(statSync(join(root, PROGRAM)).size).toBe(statSync(program).size);
  });

  it("follows the image's links inside the image, and leaves this machine alone", () => {
    const outside = socketFolder();
    for (const folder of ["systemd", "udev", "bin"]) mkdirSync(join(outside, folder));
    mkdirSync(join(root, "etc"));
    mkdirSync(join(root, "usr/local"), { recursive: true });
    symlinkSync(join(outside, "systemd"), join(root, "etc/systemd"));
    symlinkSync(`../../../../../..${join(outside, "udev")}`, join(root, "etc/udev"));
    symlinkSync(join(outside, "bin"), join(root, "usr/local/bin"));
    expect(agent("install", "--root", root).status).toBe(0);
    expect(filesIn(outside)).toEqual([]);
    const inside = join(root, outside);
    expect(filesIn(inside)).toEqual([
      "bin/ballast-agent",
      "bin/ballast-agent.koffi.node",
      "systemd/system/ballast-agent.service",
      "udev/rules.d/90-ballast-agent.rules",
    ]);
    expect(agent("uninstall", "--root", root).status).toBe(0);
    expect(filesIn(inside)).toEqual([]);
  });

  it("writes files that all users can read, whatever the umask is", () => {
    const words = ["-c", 'umask 077; exec "$0" install --root "$1"', program, root];
    expect(spawnSync("sh", words).status).toBe(0);
    const mode = (path: string) => statSync(join(root, path)).mode & 0o777;
    expect([mode(UNIT), mode("etc/udev/rules.d/90-ballast-agent.rules")]).toEqual([0o644, 0o644]);
    expect([mode("etc/systemd/system"), mode("usr/local/bin"), mode(PROGRAM)]).toEqual([0o755, 0o755, 0o755]);
  });

  it("refuses paths that are not the image's own", () => {
    const url = ["--url", "wss://host:7781", "--token-file"];
    const relative = agent("install", "--root", root, ...url, "token");
    expect(relative).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--token-file is a path in"),
    });
    expect(filesIn(root)).toEqual([]);
  });

  it("is undone by uninstall, which may be repeated too", () => {
    agent("install", "--root", root);
    writeFileSync(join(root, "etc/udev/rules.d/other.rules"), "");
    expect(agent("uninstall", "--root", root).status).toBe(0);
    expect(filesIn(root)).toEqual(["etc/udev/rules.d/other.rules"]);
    expect(agent("uninstall", "--root", root)).toMatchObject({
      status: 0,
      stdout: "the agent is not installed\n",
    });
  });

  it.skipIf(missing(SYSTEMD_REQUIREMENTS).length > 0)(
    "writes a unit that systemd has nothing to say about",
    () => {
      agent("install", "--root", root, "--channel", "/dev/a b");
      mkdirSync(join(root, "usr/lib/systemd"), { recursive: true });
      cpSync("/usr/lib/systemd/system", join(root, "usr/lib/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
      });
      const words = ["verify", `--root=${root}`, "--man=no", "ballast-agent.service"];
      const { status, stderr } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );
});

describe("what cannot be done", () => {
  it("is named when the folder cannot be written to", () => {
    expect(agent("install", "--root", join(root, "nowhere"))).toEqual({
      status: 1,
      stdout: "",
      stderr: `ballast-agent: ${join(root, "nowhere")} is not a folder that you may write to\n`,
    });
  });

  it.skipIf(existsSync("/run/systemd/system"))("is named on a system without systemd", () => {
    for (const verb of ["install", "uninstall", "start", "stop", "status"]) {
      const { status, stderr } = agent(verb);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^ballast-agent: (systemd does not run this system: .*--root DIR|only root may do this: .*sudo)\n$/,
      );
    }
  });

  it.skipIf(process.getuid?.() !== 0)("says that only root may do this", () => {
    const { stderr } = spawnSync(program, ["install"], { encoding: "utf8", uid: NOBODY, cwd: "/" });
    expect(stderr).toBe("ballast-agent: only root may do this: try again with sudo\n");
  });
});
