/** The published executable: what is inside it, and what from outside cannot change it. */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { agentVersion, bundleAgent } from "../../../guest/packaging/bundle.ts";
import { packageAgent } from "../../../guest/packaging/release.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const PACKAGING_MS = 120_000;
let program: string;

beforeAll(async () => {
  program = await packagedAgent();
}, PACKAGING_MS);

describe("the packaged agent", () => {
  it("runs alone in a folder, and says its version and commit", () => {
    const folder = socketFolder();
    copyFileSync(program, join(folder, "agent"));
    const { stdout } = spawnSync(join(folder, "agent"), ["version"], { cwd: folder, encoding: "utf8" });
    expect(stdout).toBe(`ballast-agent ${agentVersion()}\n`);
    expect(stdout).toMatch(/ \d+\.\d+\.\d+\+[0-9a-f]{7,}/);
  });

  it("needs no newer glibc than 2.28", () => {
    const text = readFileSync(program, "latin1");
    const versions = [...text.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    expect(Math.max(...versions)).toBe(28);
  });

  it("does not let NODE_OPTIONS change how it runs", () => {
    const env = { ...process.env, NODE_OPTIONS: "--no-such-option" };
    const node = spawnSync(process.execPath, ["--version"], { env, encoding: "utf8" });
    expect(node.stderr).toContain("--no-such-option");
    const agent = spawnSync(program, ["version"], { env, encoding: "utf8" });
    expect({ status: agent.status, stderr: agent.stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("is made once for the same sources", async () => {
    const before = statSync(program).mtimeMs;
    expect(await packagedAgent()).toBe(program);
    expect(statSync(program).mtimeMs).toBe(before);
  });
});

describe("what is published", () => {
  it("is the executable, its checksum, and the licences of what is inside", async () => {
    const folder = join(socketFolder(), "packages");
    expect(await packageAgent(["linux-x64"], folder)).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["LICENSES.txt", "SHA256SUMS", "ballast-agent-linux-x64"]);
    const { status } = spawnSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], {
      cwd: folder,
    });
    expect(status).toBe(0);
    const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8");
    for (const name of ["node", "koffi", "protobufjs", "ws"]) expect(licences).toContain(`=== ${name} ===`);
  });
});

describe("a bundle for one system", () => {
  const OF_LINUX = ["systemctl", "class/virtio-ports", "libc.so.6"];

  it.each([
    ["linux", OF_LINUX],
    ["win32", []],
  ] as const)("for %s carries nothing of the others", async (platform, expected) => {
    const bundle = join(socketFolder(), "agent.cjs");
    await bundleAgent(platform, bundle);
    const text = readFileSync(bundle, "utf8");
    expect(OF_LINUX.filter((word) => text.includes(word))).toEqual(expected);
  });
});
