/** The shipped executable against hosts that never answer, never read and never stop, and paths where anything may lie. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeEnvelope, encodeFrame } from "@ballast/proto";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { ScriptedSocketHost, ScriptedWebSocketHost, welcomeInto } from "../../fakes/scripted-host.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";
import { freePort } from "../../testbed/free-port.ts";

const SESSION = "00000000000000a1";
const PACKAGING_MS = 120_000;
const FIXTURE = fileURLToPath(new URL("../../fixtures/proc/6.1-squeezed", import.meta.url));
const ENDED_BY_ITSELF = { code: 0, signal: null };

let program: string;
let root: string;

beforeAll(async () => {
  program = await packagedAgent();
}, PACKAGING_MS);
beforeEach(() => {
  root = socketFolder();
  cpSync(FIXTURE, root, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly output: () => string;
}

function run(words: readonly string[], stderr: "pipe" | number = "pipe"): Running {
  const roots = ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
  const child = spawn(program, ["run", ...words, ...roots], { stdio: ["ignore", "ignore", stderr] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, output: () => text };
}

/** Answers nothing to whoever connects. */
async function silentServer(where: number | string): Promise<{ readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  server.listen(typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where });
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { sockets };
}

function tokenFile(): string {
  const path = join(root, "token");
  writeFileSync(path, "t".repeat(43), { mode: 0o600 });
  return path;
}

function overWebSocket(port: number, file = tokenFile(), ...more: string[]): string[] {
  return ["--channel", "none", "--url", `ws://127.0.0.1:${port}`, "--token-file", file, ...more];
}

async function expectEnd({ child, ended }: Running): Promise<void> {
  child.kill("SIGTERM");
  expect(await ended).toEqual(ENDED_BY_ITSELF);
}

describe("a host that accepts a connection and never answers the upgrade", () => {
  it("is given up and named, tried again, and does not keep the agent from ending", async () => {
    const port = await freePort();
    const server = await silentServer(port);
    const agent = run(overWebSocket(port));
    await waitUntil("the agent says what is wrong", () => /does not answer over them/.test(agent.output()));
    await waitUntil("it connects again", () => server.sockets.length >= 2);
    await expectEnd(agent);
  }, 60_000);

  it("lets the agent end on SIGTERM while the answer is waited for", async () => {
    const port = await freePort();
    const server = await silentServer(port);
    const agent = run(overWebSocket(port));
    await waitUntil("it connects", () => server.sockets.length >= 1);
    await expectEnd(agent);
  });
});

describe("a host on a unix socket that neither reads nor closes", () => {
  it("lets the agent end on SIGTERM", async () => {
    const path = join(root, "host.sock");
    const server = await silentServer(path);
    const agent = run(["--channel", `unix:${path}`]);
    await waitUntil("it connects", () => server.sockets.length >= 1);
    await expectEnd(agent);
  });
});

describe("a path where anything may lie", () => {
  const lay = {
    "a FIFO": (path: string) => void execFileSync("mkfifo", [path]),
    "a folder": (path: string) => void mkdirSync(path),
    "a file": (path: string) => writeFileSync(path, "some text"),
    "a huge file": (path: string) => void execFileSync("truncate", ["-s", "1T", path]),
  };
  const places = Object.keys(lay) as (keyof typeof lay)[];

  it.each(places)(
    "%s as the channel is named, left as it is, and the agent ends on SIGTERM",
    async (what) => {
      const path = join(root, "there");
      lay[what](path);
      const agent = run(["--channel", path]);
      await waitUntil("the agent says so", () => agent.output().includes("is no virtio-serial port"));
      await expectEnd(agent);
      if (what === "a file") expect(execFileSync("cat", [path], { encoding: "utf8" })).toBe("some text");
    },
  );

  it.each(["/dev/zero", "/dev/null"])("%s as the channel lets the agent end on SIGTERM", async (path) => {
    const agent = run(["--channel", path]);
    await waitUntil("the agent runs", () => agent.output().includes("started"));
    await expectEnd(agent);
  });

  it.each(places)("%s as a unix socket lets the agent end on SIGTERM", async (what) => {
    const path = join(root, "there");
    lay[what](path);
    const agent = run(["--channel", `unix:${path}`]);
    await waitUntil("the agent says so", () => agent.output().includes("cannot be reached"));
    await expectEnd(agent);
  });

  it.each([...places.filter((what) => what !== "a file"), "/dev/zero"] as const)(
    "%s as token file, or as the authority, is named, and the agent ends on SIGTERM",
    async (what) => {
      const path = what === "/dev/zero" ? what : join(root, "there");
      if (what !== "/dev/zero") lay[what](path);
      const port = await freePort();
      const refusal = /is no regular file|is larger than/;
      const withToken = run(overWebSocket(port, path));
      await waitUntil("the agent says so", () => refusal.test(withToken.output()));
      await expectEnd(withToken);
      const url = `wss://127.0.0.1:${port}`;
      const withCa = run(["--channel", "none", "--url", url, "--token-file", tokenFile(), "--ca", path]);
      await waitUntil("the agent says so", () => refusal.test(withCa.output()));
      await expectEnd(withCa);
    },
  );
});

describe("a log without a reader", () => {
  it("is left out: the agent reports, and ends on SIGTERM", async () => {
    const fifo = join(root, "log");
    execFileSync("mkfifo", [fifo]);
    // Open for both, so that nobody is waited for; full, and never read.
    const log = openSync(fifo, "r+");
    const filler = spawn("sh", ["-c", `yes > '${fifo}'`], { stdio: "ignore" });
    onTestFinished(() => void filler.kill("SIGKILL"));
    const host = new ScriptedSocketHost(join(root, "host.sock"));
    onTestFinished(() => host.close());
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    const agent = run(["--channel", `unix:${host.path}`], log);
    await waitUntil("a second report comes", () => host.of("report").length >= 2);
    await expectEnd(agent);
  });
});

describe("a host that never stops sending", () => {
  const ACK = encodeEnvelope({ session: SESSION, sequence: 1, message: { type: "ack", sequence: 1 } });

  it("is read at a bounded rate over a stream, and the agent goes on", async () => {
    const host = new ScriptedSocketHost(join(root, "host.sock"));
    onTestFinished(() => host.close());
    host.onEnvelope = welcomeInto(host, SESSION);
    await host.listen();
    const agent = run(["--channel", `unix:${host.path}`]);
    await waitUntil("a report comes", () => host.of("report").length > 0);
    host.sendBytes(Buffer.concat(Array.from({ length: 200_000 }, () => encodeFrame(ACK))));
    await waitUntil("the agent says so", () => /sends more than the agent reads/.test(agent.output()));
    expect(host.unreadBytes).toBeGreaterThan(1_000_000);
    const before = host.of("report").length;
    await waitUntil("reports go on", () => host.of("report").length > before + 1);
    await expectEnd(agent);
  });

  it("is cut over WebSocket when it sends what the protocol does not know", async () => {
    const port = await freePort();
    const host = new ScriptedWebSocketHost(port);
    onTestFinished(() => host.close());
    host.onEnvelope = ({ message }) => {
      if (message.type === "hello") host.sendText("hello");
    };
    await host.listen();
    const agent = run(overWebSocket(port));
    await waitUntil("the agent says so", () => /sent text/.test(agent.output()));
    await waitUntil("the host is told", () => host.closeCodes.length > 0);
    expect(host.closeCodes[0]).toBe(1003);
    await expectEnd(agent);
  });
});
