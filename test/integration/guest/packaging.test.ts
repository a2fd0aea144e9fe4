/** The published executable: what is inside it, and what from outside cannot change it. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { agentVersion, bundleAgent } from "../../../guest/packaging/bundle.ts";
import { buildExecutable, checkNode } from "../../../guest/packaging/executable.ts";
import { packageAgent } from "../../../guest/packaging/release.ts";
import { targetOf } from "../../../guest/packaging/targets.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { elfSections } from "../../fakes/elf-sections.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";

const PACKAGING_MS = 120_000;
/** Signal 10 of signal(7). */
const SIGUSR1_BIT = 9n;
/** Node looks for a bundle inside itself when a 1 follows this (nodejs.org: "Single executable applications"). */
const SWITCH = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";
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

  it("carries the flags that keep its memory small: TurboFan's own code alone would lock 4 MiB for good", () => {
    const carried = readFileSync(program);
    for (const flag of ["--no-opt", "--single-threaded", "--v8-pool-size=0", "--max-semi-space-size=1"])
      expect({ flag, carried: carried.includes(asOption(flag)) }).toEqual({ flag, carried: true });
  });

  it("writes no coverage, which Node does where NODE_V8_COVERAGE is set", async () => {
    const folder = socketFolder();
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    spawnSync(process.execPath, ["-e", "0"], { env });
    expect(readdirSync(folder)).toHaveLength(1);
    const words = ["run", "--channel", `unix:${join(socketFolder(), "none.sock")}`];
    const { child } = await started([program, ...words], env);
    child.kill("SIGTERM");
    await waitUntil("it ends", () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("runs without the variables that Node and its libraries obey, as the same process", async () => {
    const words = ["run", "--channel", `unix:${join(socketFolder(), "none.sock")}`];
    const env = { PATH: "/bin", NODE_TLS_REJECT_UNAUTHORIZED: "0", OPENSSL_CONF: "/none", LANG: "C" };
    const { child } = await started([program, ...words], env);
    const names = readFileSync(`/proc/${child.pid}/environ`, "latin1")
      .split("\0")
      .map((each) => each.split("=", 1)[0]);
    expect(names).toEqual(expect.arrayContaining(["PATH", "LANG"]));
    expect(names.filter((name) => name?.startsWith("NODE_") || name?.startsWith("OPENSSL_"))).toEqual([]);
  });

  it("is made once for the same sources", async () => {
    const before = statSync(program).mtimeMs;
    expect(await packagedAgent()).toBe(program);
    expect(statSync(program).mtimeMs).toBe(before);
  });
});

describe("packaging", () => {
  it("makes the same file of the same sources, wherever it works", async () => {
    const again = await buildExecutable(targetOf("linux-x64"), join(socketFolder(), "another"));
    expect(readFileSync(again).equals(readFileSync(program))).toBe(true);
  });
});

describe("the Node inside the packaged agent", () => {
  it("has the code of the published one, byte for byte; of the constants only the switch of the bundle differs", () => {
    const [ours, published] = [elfSections(program), elfSections(process.execPath)];
    for (const name of [".text", ".init", ".fini", ".plt", ".data", ".data.rel.ro"]) {
      expect({ name, same: published.get(name)?.equals(ours.get(name) ?? Buffer.alloc(0)) }).toEqual({
        name,
        same: true,
      });
    }
    const changed = differences(published.get(".rodata"), ours.get(".rodata"));
    expect(changed).toEqual([{ from: "0", to: "1", after: SWITCH }]);
  });

  it("is refused when it is another file", async () => {
    const target = targetOf("linux-x64");
    await checkNode(target, process.execPath);
    await expect(checkNode(target, program)).rejects.toThrow(/is not Node \d+\.\d+\.\d+ as published/);
  });

  it("blocks SIGUSR1, on which plain Node opens its inspector", async () => {
    const plain = [process.execPath, "-e", "setInterval(() => {}, 1000); console.error('started')"];
    expect(await signalsOf(plain)).toEqual({ blocksSigusr1: false, catchesSigusr1: true });
    const words = [program, "run", "--channel", `unix:${join(socketFolder(), "none.sock")}`];
    expect(await signalsOf(words)).toEqual({ blocksSigusr1: true, catchesSigusr1: false });
  });
});

/** A program that says that it has started; it ends with the test. */
async function started([command = "", ...words]: readonly string[], env = process.env) {
  const child = spawn(command, words, { env, stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await waitUntil("it runs", () => said.includes("started"));
  return { child };
}

/** As Node keeps an option inside an executable: after its length in 64 bits (node: src/node_sea.cc, `SeaSerializer`). */
function asOption(flag: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(flag.length));
  return Buffer.concat([length, Buffer.from(flag, "latin1")]);
}

/** What a program does with SIGUSR1 once it says that it has started (kernel: Documentation/filesystems/proc.rst, "SigBlk", "SigCgt"). */
async function signalsOf(command: readonly string[]) {
  const { child } = await started(command);
  const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
  const has = (set: string) => {
    const hex = new RegExp(`^${set}:\\s+([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0";
    return ((BigInt(`0x${hex}`) >> SIGUSR1_BIT) & 1n) === 1n;
  };
  return { blocksSigusr1: has("SigBlk"), catchesSigusr1: has("SigCgt") };
}

function differences(before: Buffer = Buffer.alloc(0), after: Buffer = Buffer.alloc(0)) {
  expect(after.length).toBe(before.length);
  const found: { from: string; to: string; after: string }[] = [];
  for (let at = 0; at < before.length; at++) {
    if (before[at] === after[at]) continue;
    const text = (bytes: Buffer) => String.fromCharCode(bytes[at] ?? 0);
    found.push({
      from: text(before),
      to: text(after),
      after: before.toString("latin1", at - SWITCH.length, at),
    });
  }
  return found;
}

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
