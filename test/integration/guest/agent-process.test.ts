/** The real agent process, packaged as guests get it, against a scripted host. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { agentVersion, bundleAgent } from "../../../guest/packaging/bundle.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import {
  type ScriptedHost,
  ScriptedSocketHost,
  ScriptedWebSocketHost,
  welcomeInto,
} from "../../fakes/scripted-host.ts";
import { waitUntil } from "../../fakes/wait-until.ts";
import { freePort } from "../../testbed/free-port.ts";

const SESSION = "00000000000000a1";
const OTHER_SESSION = "00000000000000b2";
const PACKAGING_MS = 120_000;
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let folder: string;
let program: string;
let root: string;
let host: ScriptedHost;
let socketHost: ScriptedSocketHost;
/** Where the agent finds `host`. */
let target: readonly string[];
const agents: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agent-"));
  program = await packagedAgent();
}, PACKAGING_MS);
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  root = mkdtempSync(join(folder, "guest-"));
  cpSync(path("../../fixtures/proc/6.1-squeezed"), root, { recursive: true });
  socketHost = new ScriptedSocketHost(join(root, "host.sock"));
  host = socketHost;
  target = ["--channel", `unix:${socketHost.path}`];
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill("SIGKILL");
  await host.close();
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly output: () => string;
}

function roots(): string[] {
  return ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
}

function run(...words: string[]): Running {
  return start(program, ["run", ...words, ...roots()]);
}

function start(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(command, words, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  agents.push(child);
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, output: () => text };
}

function runOnSocket(): Running {
  return run(...target);
}

/** From here on the host is one over WebSocket. */
async function takeWebSocket(): Promise<void> {
  const port = await freePort();
  const file = join(root, "token");
  writeFileSync(file, "t".repeat(43), { mode: 0o600 });
  host = new ScriptedWebSocketHost(port);
  target = ["--channel", "none", "--url", `ws://127.0.0.1:${port}`, "--token-file", file];
}

/** What the guest's kernel tells from now on. */
function setAvailable(mebibytes: number): void {
  const kib = mebibytes * 1024;
  const lines = [`MemTotal: ${157 * 1024} kB`, `MemFree: ${kib} kB`, `MemAvailable: ${kib} kB`];
  writeFileSync(
    join(root, "proc/meminfo"),
    `${lines.join("\n")}\nActive(file): 0 kB\nInactive(file): 0 kB\n`,
  );
}

/** Agents over either transport are held to the same. */
const TRANSPORTS = [
  ["a socket", async () => {}],
  ["WebSocket", takeWebSocket],
] as const;

describe.each(TRANSPORTS)("a session over %s", (_, take) => {
  beforeEach(take);

  it("begins with the guest's Hello and goes on with reports", async () => {
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    runOnSocket();
    await waitUntil("a second report comes", () => host.of("report").length >= 2);
    const hello = host.heard[0];
    expect(hello).toMatchObject({
      message: {
        type: "hello",
        minVersion: 1,
        bootId: "11d2f0a6-7b36-4b2c-8a86-0f3b1f1f0c22",
        os: "linux",
        agentVersion: agentVersion(),
      },
    });
    expect(hello?.session).toBeUndefined();
    const [first, second] = host.heard.filter(({ message }) => message.type === "report");
    expect(first).toMatchObject({ session: SESSION, sequence: 1 });
    expect(second).toMatchObject({ session: SESSION, sequence: 2 });
    expect(first?.message).toMatchObject({ totalBytes: 160784 * 1024, balloonBytes: 312 * 1024 * 1024 });
  });

  it("waits for a host that is not there yet, and begins a new session with one that returns", async () => {
    const agent = runOnSocket();
    await waitUntil("the agent tells that it cannot reach the host", () =>
      /cannot be reached|nothing listens/.test(agent.output()),
    );
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    await host.close();
    const before = host.heard.length;
    host.onEnvelope = welcomeInto(host, OTHER_SESSION);
    await host.listen();
    await waitUntil("a report comes again", () =>
      host.heard.slice(before).some((each) => each.session === OTHER_SESSION),
    );
    const nonces = host.of("hello").map((hello) => hello.nonce);
    expect(new Set(nonces).size).toBeGreaterThanOrEqual(2);
  });

  it("is begun again when the host does not know it", async () => {
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    runOnSocket();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    host.onEnvelope = welcomeInto(host, OTHER_SESSION);
    host.send({ type: "goodbye", reason: "unknown-session" });
    await waitUntil("the new session is used", () =>
      host.heard.some((each) => each.session === OTHER_SESSION),
    );
  });
});

describe("a stream", () => {
  it("stands noise from the host", async () => {
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    runOnSocket();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    socketHost.sendBytes(Buffer.alloc(300_000, 0x5a));
    host.send({ type: "ack", sequence: 1 }, OTHER_SESSION);
    const before = host.of("report").length;
    await waitUntil("reports go on", () => host.of("report").length > before + 1);
  });
});

describe.each(TRANSPORTS)("a guest that runs out, over %s,", (_, take) => {
  beforeEach(take);

  it("demands at once, demands again while nothing comes, and reports its relief", async () => {
    setAvailable(48);
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    runOnSocket();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    setAvailable(6);
    await waitUntil("a second demand comes", () => host.of("demand").length >= 2);
    const [demand] = host.of("demand");
    expect(demand).toMatchObject({ availableBytes: 6 * 1024 * 1024, totalBytes: 157 * 1024 * 1024 });
    expect(demand?.needBytes).toBeGreaterThanOrEqual(60 * 1024 * 1024);
    setAvailable(80);
    const before = host.of("report").length;
    await waitUntil("reports show the relief", () => host.of("report").length > before);
    expect(host.of("report").at(-1)?.availableBytes).toBe(80 * 1024 * 1024);
  });
});

describe.each(TRANSPORTS)("stopping over %s", (_, take) => {
  beforeEach(take);

  it.each(["SIGTERM", "SIGINT"] as const)("says goodbye on %s and ends with 0", async (signal) => {
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    const agent = runOnSocket();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    agent.child.kill("SIGHUP");
    agent.child.kill(signal);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    await waitUntil("the goodbye arrives", () => host.of("goodbye").length > 0);
    expect(host.of("goodbye")).toEqual([{ type: "goodbye", reason: "shutdown" }]);
  });
});

describe("stopping", () => {
  it("ends with 0 while no host was ever there", async () => {
    const agent = run();
    await waitUntil("the agent complains", () => agent.output().includes("org.ballast.agent.0"));
    expect(agent.output()).toContain("is there as vport1p2");
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });
});

describe("huge pages", () => {
  const isAllowed = (pid: number) => /^THP_enabled:\s+1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

  it.each([
    ["are refused where the kernel gives them unasked", "[always] madvise never\n", false],
    ["are no matter where it does not", "always [madvise] never\n", true],
  ])("%s, by the same process", async (_, enabled, expected) => {
    mkdirSync(join(root, "sys/kernel/mm/transparent_hugepage"), { recursive: true });
    writeFileSync(join(root, "sys/kernel/mm/transparent_hugepage/enabled"), enabled);
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    const { child, output } = runOnSocket();
    await waitUntil("a report comes", () => host.of("report").length > 0);
    expect(isAllowed(child.pid ?? 0)).toBe(expected);
    expect(output().match(/started$/gm)).toHaveLength(1);
  });
});

describe("without koffi", () => {
  it("works on files alone, and says that its memory is not locked", async () => {
    const bundle = join(root, "agent.cjs");
    await bundleAgent("linux", bundle);
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    const agent = start(process.execPath, [
      bundle,
      "run",
      "--channel",
      `unix:${socketHost.path}`,
      ...roots(),
    ]);
    await waitUntil("a second report comes", () => host.of("report").length >= 2);
    expect(agent.output()).toContain("code is not locked in memory (koffi cannot be loaded)");
    expect(host.of("hello")[0]?.capabilities).not.toContain("memory-locked");
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });
});

describe("on the port", () => {
  it("loads no sockets, no TLS and no workers, which a guest with a port would pay for in memory", async () => {
    const [bundle, loaded] = [join(root, "agent.cjs"), join(root, "loaded.json")];
    await bundleAgent("linux", bundle);
    const words = ["--require", path("../../fixtures/list-modules.cjs"), bundle, "run", ...roots()];
    const agent = start(process.execPath, words, { LOADED_MODULES: loaded });
    await waitUntil("the agent looks for its port", () => agent.output().includes("org.ballast.agent.0"));
    agent.child.kill("SIGTERM");
    await agent.ended;
    const modules: string[] = JSON.parse(readFileSync(loaded, "utf8"));
    const costly = ["net", "tls", "http", "https", "crypto", "zlib", "worker_threads", "dns"];
    expect(modules).toContain("NativeModule fs");
    expect(costly.filter((name) => modules.includes(`NativeModule ${name}`))).toEqual([]);
  });
});

describe("commands that end by themselves", () => {
  const agent = (...words: string[]) => spawnSync(program, words, { encoding: "utf8" });

  it("prints its version", () => {
    expect(agent("version").stdout).toBe(`ballast-agent ${agentVersion()}\n`);
  });

  it("prints one sample as JSON, and for people", () => {
    const json = agent("report", "--json", "--proc", join(root, "proc"), "--sys", join(root, "sys"));
    expect(json.status).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      totalBytes: 160784 * 1024,
      usedBytes: (160784 - 112268) * 1024,
      deflateOnOom: false,
      pressure: "none",
    });
    const text = agent("report", "--proc", join(root, "proc"), "--sys", join(root, "sys"));
    expect(text.stdout).toMatch(/^balloon +312 MiB$/m);
  });

  it("fails with 1 where there is nothing to read", () => {
    const { status, stderr } = agent("report", "--proc", "/nonexistent");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("does not tell what is available"),
    });
  });

  it("refuses what it does not know with 2", () => {
    const { status, stderr } = agent("run", "--quick");
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("--quick") });
  });
});
