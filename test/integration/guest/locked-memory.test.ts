/** What the kernel says is locked of a packaged agent, and that V8 can give back what is. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { bundleAgent } from "../../../guest/packaging/bundle.ts";
import { V8_FLAGS } from "../../../guest/packaging/executable.ts";
import { targetOf } from "../../../guest/packaging/targets.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { ScriptedSocketHost, welcomeInto } from "../../fakes/scripted-host.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";

const PACKAGING_MS = 120_000;
const MIB = 1024 * 1024;
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const isRoot = process.getuid?.() === 0;
/** Bit of CAP_IPC_LOCK in capabilities(7). */
const CAP_IPC_LOCK = 14n;
const mayLock = ((effectiveCapabilities() >> CAP_IPC_LOCK) & 1n) === 1n;
let program: string;
let root: string;
let host: ScriptedSocketHost;

beforeAll(async () => {
  program = await packagedAgent();
}, PACKAGING_MS);

beforeEach(async () => {
  root = socketFolder();
  cpSync(path("../../fixtures/proc/6.1-squeezed"), root, { recursive: true });
  host = new ScriptedSocketHost(join(root, "host.sock"));
  host.onEnvelope = welcomeInto(host, "00000000000000a1");
  await host.listen();
  onTestFinished(() => host.close());
});

/** An agent after its first report; `agent` starts it, after the words of `command`. */
async function agentAfterReport(command: readonly string[], agent: readonly string[] = [program]) {
  const roots = ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
  const words = [...command, ...agent, "run", "--channel", `unix:${host.path}`, ...roots];
  const child: ChildProcess = spawn(words[0] ?? "", words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  await waitUntil("a report comes", () => host.of("report").length > 0);
  return { pid: child.pid ?? 0, output: () => output };
}

describe.skipIf(!mayLock)("an agent that may lock memory", () => {
  it("locks all that it holds for itself alone, heap and stacks too", async () => {
    const { pid } = await agentAfterReport([]);
    const held = mappingsOf(pid).filter(({ anonymousBytes }) => anonymousBytes > 0);
    expect(held.length).toBeGreaterThan(10);
    expect(held.filter(({ isLocked }) => !isLocked)).toEqual([]);
    expect(host.of("hello")[0]?.capabilities).toContain("memory-locked");
  });
});

describe.skipIf(!mayLock)("an agent in a Node that is not its own", () => {
  it("locks code alone, because its V8 may give memory back by another way, and says so", async () => {
    const bundle = join(root, "agent.cjs");
    await bundleAgent("linux", bundle);
    const { koffi, koffiPath } = targetOf("linux-x64");
    copyFileSync(path(`../../../node_modules/${koffi.name}/${koffiPath}`), join(root, "koffi.node"));
    const { pid, output } = await agentAfterReport([], [process.execPath, bundle]);
    expect(mappingsOf(pid).filter(({ isLocked, isOfFile }) => isLocked && !isOfFile)).toEqual([]);
    expect(mappingsOf(pid).some(({ isLocked }) => isLocked)).toBe(true);
    expect(output()).toContain("code is locked in memory, the heap is not");
    expect(host.of("hello")[0]?.capabilities).toContain("memory-locked");
  });
});

describe("an agent that may not lock memory", () => {
  it("works without, and says so", async () => {
    const unprivileged = isRoot ? ["setpriv", "--bounding-set", "-ipc_lock", "--"] : [];
    const { pid, output } = await agentAfterReport(["prlimit", "--memlock=0:0", "--", ...unprivileged]);
    expect(mappingsOf(pid).filter(({ isLocked }) => isLocked)).toEqual([]);
    expect(output()).toContain("memory is not locked (not permitted)");
    expect(host.of("hello")[0]?.capabilities).not.toContain("memory-locked");
  });
});

describe.skipIf(!mayLock)("V8 with all memory locked", () => {
  const CYCLES = 20;
  const fillAndGiveBack = (how: string) =>
    spawnSync(process.execPath, [...V8_FLAGS, path("../../fixtures/locked-heap.ts"), how, `${CYCLES}`], {
      encoding: "utf8",
    });

  it("gives back what it filled, over and over, and holds no more in the end", () => {
    const { status, stdout } = fillAndGiveBack("detour");
    const [lock = "", ...lines] = stdout.trim().split("\n");
    expect(JSON.parse(lock)).toEqual({ discards: true, locked: "all" });
    expect({ status, last: lines.pop() }).toEqual({ status: 0, last: "done" });
    const bytes = lines.map(Number);
    expect(bytes).toHaveLength(CYCLES);
    expect(bytes.at(-1)).toBeLessThan((bytes[0] ?? 0) + 4 * MIB);
  });

  it("would abort without the detour: once it does not, the detour is needed no longer", () => {
    const { status, signal, stderr } = fillAndGiveBack("none");
    expect({ status, signal }).not.toEqual({ status: 0, signal: null });
    expect(stderr).toContain("Check failed: 0 == ret");
  });
});

/** Kernel: Documentation/filesystems/proc.rst, "/proc/PID/smaps". */
function mappingsOf(pid: number) {
  const mappings = readFileSync(`/proc/${pid}/smaps`, "latin1").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.map((text) => ({
    name: text.slice(0, text.indexOf("\n")),
    anonymousBytes: Number(/^Anonymous:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024,
    isOfFile: !/^\S+ \S+ \S+ \S+ 0 /.test(text),
    isLocked: /^VmFlags:.* lo\b/m.test(text),
  }));
}

function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  return BigInt(`0x${hex ?? "0"}`);
}
