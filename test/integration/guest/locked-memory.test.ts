/** What the kernel says is locked of a packaged agent, and what is not. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { ScriptedSocketHost, welcomeInto } from "../../fakes/scripted-host.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";

const PACKAGING_MS = 120_000;
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
  it("locks its code, and none of the heap that V8 must be able to give back", async () => {
    const { pid } = await agentAfterReport([]);
    const mappings = mappingsOf(pid);
    const inMemory = mappings.filter(({ isOfFile, residentBytes }) => isOfFile && residentBytes > 0);
    expect(inMemory.length).toBeGreaterThan(10);
    expect(inMemory.filter(({ isLocked }) => !isLocked)).toEqual([]);
    expect(mappings.filter(({ isLocked, isOfFile }) => isLocked && !isOfFile)).toEqual([]);
    expect(host.of("hello")[0]?.capabilities).toContain("memory-locked");
  });

  it("reads its code one page at a time once the start is over", async () => {
    const { pid } = await agentAfterReport([]);
    const code = mappingsOf(pid).filter(({ isOfFile, residentBytes }) => isOfFile && residentBytes > 0);
    expect(code.filter(({ isReadAhead }) => isReadAhead)).toEqual([]);
  });
});

describe("an agent that may not lock memory", () => {
  it("works without, and says so", async () => {
    const unprivileged = isRoot ? ["setpriv", "--bounding-set", "-ipc_lock", "--"] : [];
    const { pid, output } = await agentAfterReport(["prlimit", "--memlock=0:0", "--", ...unprivileged]);
    expect(mappingsOf(pid).filter(({ isLocked }) => isLocked)).toEqual([]);
    expect(output()).toContain("code is not locked in memory (not permitted)");
    expect(host.of("hello")[0]?.capabilities).not.toContain("memory-locked");
  });
});

/** Kernel: Documentation/filesystems/proc.rst, "/proc/PID/smaps". */
function mappingsOf(pid: number) {
  const mappings = readFileSync(`/proc/${pid}/smaps`, "latin1").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.map((text) => ({
    name: text.slice(0, text.indexOf("\n")),
    residentBytes: Number(/^Rss:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024,
    isOfFile: / \//.test(text.slice(0, text.indexOf("\n"))),
    isLocked: /^VmFlags:.* lo\b/m.test(text),
    isReadAhead: !/^VmFlags:.* rr\b/m.test(text),
  }));
}

function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  return BigInt(`0x${hex ?? "0"}`);
}
