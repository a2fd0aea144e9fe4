/** From where the packaged agent loads its native library where no temporary folder allows programs, as under the unit of a hardened guest. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";

const PACKAGING_MS = 120_000;
const mayMount = process.getuid?.() === 0;
const PROGRAM = "usr/local/bin/ballast-agent";
/** In mounts of its own: the folder at /mnt and nothing of it to be written, temporary folders without programs. */
const HARDENED = [
  'mount --bind "$0" /mnt && mount -o remount,ro,bind /mnt && cd /mnt',
  "mount -t tmpfs -o noexec none /tmp && mount -t tmpfs -o noexec none /dev/shm",
  "exec ./ballast-agent run --channel unix:/none.sock",
].join(" && ");
let program: string;

beforeAll(async () => {
  program = await packagedAgent();
}, PACKAGING_MS);

/** The libraries of koffi in a hardened agent that was started in `folder`, and what it says. */
async function hardened(folder: string) {
  const child = spawn("unshare", ["-m", "sh", "-c", HARDENED, folder], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await waitUntil("the agent runs", () => said.includes(" started"));
  const code = readFileSync(`/proc/${child.pid}/maps`, "latin1").matchAll(/ r-xp .* (\S*koffi\S*)$/gm);
  return { said, libraries: [...code].map(([, path]) => path) };
}

describe.skipIf(!mayMount)("an agent whose temporary folders are mounted noexec", () => {
  it("loads the library that install laid beside it", async () => {
    const root = socketFolder();
    const install = spawn(program, ["install", "--root", root], { stdio: "ignore" });
    await waitUntil("it is installed", () => install.exitCode === 0);
    const { said, libraries } = await hardened(join(root, PROGRAM, ".."));
    expect(libraries).toEqual(["/mnt/ballast-agent.koffi.node"]);
    expect(said).not.toContain("koffi cannot be loaded");
  });

  it("loads none that is not its own: neither another version's nor what lies where it was started", async () => {
    const folder = socketFolder();
    copyFileSync(program, join(folder, "ballast-agent"));
    writeFileSync(join(folder, "ballast-agent.koffi.node"), "another");
    mkdirSync(join(folder, "node_modules/koffi"), { recursive: true });
    writeFileSync(join(folder, "node_modules/koffi/index.js"), 'process.stderr.write("I run as root");');
    const { said, libraries } = await hardened(folder);
    expect(libraries).toEqual([]);
    expect(said).toContain("code is not locked in memory (koffi cannot be loaded)");
    expect(said).not.toContain("I run as root");
  });
});
