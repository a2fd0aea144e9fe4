/** The command's side of the control socket, over real sockets: what else may answer there, and a socket that is busy for a moment. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ControlClient } from "../../../../host/src/cli/client/control-client.ts";
import { STATUS, WEB } from "../../../fakes/fake-control-service.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** Something that answers every connection with `answer`. */
async function serving(answer: string): Promise<string> {
  const path = join(socketFolder(), "other.sock");
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return path;
}

function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
}

const WRONG_SIZE = JSON.stringify({ ...STATUS, guests: [{ ...WEB, maxBytes: "2 GiB" }] });
const { signal } = new AbortController();

type Ask = (client: ControlClient) => Promise<unknown>;
const ASKS = {
  status: (client) => client.status(),
  explain: (client) => client.explain("web1"),
  info: (client) => client.info("web1"),
  ksm: (client) => client.ksm(),
  events: (client) => client.events(10),
  follow: (client) => client.follow(10, () => {}, signal),
  balloon: (client) => client.setBalloon("web1", "auto"),
  health: (client) => client.health(),
} as const satisfies Record<string, Ask>;

describe("an answer that takes long", () => {
  it("is waited for two minutes where it is a report, which takes the broker long, and for ten seconds else", async () => {
    const path = join(socketFolder(), "slow.sock");
    const held: ServerResponse[] = [];
    const server = createHttpServer((_, response) => void held.push(response)).listen(path);
    onTestFinished(() => {
      vi.useRealTimers();
      server.closeAllConnections();
      server.close();
    });
    await once(server, "listening");
    const client = new ControlClient(path);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const [status, report] = [client.status(), client.report(0, 1)].map((answer) => answer.catch(String));
    while (held.length < 2) await new Promise(setImmediate);
    vi.advanceTimersByTime(11_000);
    expect(await status).toMatch(/no ballastd answers/);
    for (const response of held) response.end("{}");
    expect(await report).toMatch(/its answer to \/v1\/report.* has no valid/);
  });
});

describe("what else answers on the control socket's path", () => {
  it.each<readonly [string, string, keyof typeof ASKS, string]>([
    ["text", ok("hello"), "status", "its answer to /v1/status is not JSON"],
    ["another program's JSON", ok("{}"), "status", "has no valid version"],
    ["sizes that are no numbers", ok(WRONG_SIZE), "status", "has no valid guests.0.maxBytes"],
    ["an explanation without numbers", ok('{"guest":{}}'), "explain", "has no valid guest.name"],
    ["facts of nobody", ok('{"facts":{}}'), "info", "has no valid guest"],
    ["no word of what was done", ok("{}"), "balloon", "has no valid ok"],
    ["nothing of KSM", ok("[]"), "ksm", "is not what is expected"],
    ["events that are none", ok('{"events":[{"id":"1"}]}'), "events", "has no valid events.0.id"],
    ["a stream of something else", ok('{"level":30}\n'), "follow", "is not what is expected"],
    ["a line without end", ok("x".repeat(2 ** 21)), "follow", "does not end its line"],
    ["no health", ok('{"healthy":true}'), "health", "has no valid ok"],
    ["a web server's page", "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", "status", "valid error"],
    ["QEMU's monitor", '{"QMP": {"version": {}, "capabilities": []}}\r\n', "status", "does not speak HTTP"],
  ])("is refused as such, with what is wrong with it: %s", async (_, answer, what, why) => {
    const path = await serving(answer);
    await expect(ASKS[what](new ControlClient(path))).rejects.toMatchObject({
      code: "not-ballastd",
      message: expect.stringMatching(
        new RegExp(
          `^${path} is not served by ballastd, or by a different version: .*${why.replaceAll(".", "\\.")}`,
        ),
      ),
    });
  });

  it("has its texts cleaned before they are shown", async () => {
    const body = JSON.stringify({ error: { code: "refused", message: "no\u001b[2J\u202e" } });
    const path = await serving(`HTTP/1.1 409 Conflict\r\ncontent-length: ${body.length + 2}\r\n\r\n${body}`);
    await expect(new ControlClient(path).status()).rejects.toMatchObject({ message: "no?[2J?" });
  });
});

/** Queues two connections and answers each; a process of its own, so that it can be stopped. */
const BUSY_SERVER = `
  require("node:http").createServer((_, answer) => answer.end(process.argv[2]))
    .listen({ path: process.argv[1], backlog: 1 }, () => process.stdout.write("ready"));`;

async function busyServer(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", BUSY_SERVER, path, JSON.stringify(STATUS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout ?? child, "data");
  return child;
}

/** Connects until the kernel's queue is full. */
async function fillQueue(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    onTestFinished(() => void socket.destroy());
    const isQueued = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    if (!isQueued) return;
  }
}

describe("a control socket that is busy", () => {
  it("because its queue is full is asked again, until it takes the question", async () => {
    const path = join(socketFolder(), "busy.sock");
    const server = await busyServer(path);
    server.kill("SIGSTOP");
    await fillQueue(path);
    const answer = new ControlClient(path).status();
    server.kill("SIGCONT");
    expect((await answer).guests).toHaveLength(3);
  });

  it("for longer is told so, with what to do", async () => {
    const path = join(socketFolder(), "busy.sock");
    const server = await busyServer(path);
    server.kill("SIGSTOP");
    await fillQueue(path);
    await expect(new ControlClient(path).status()).rejects.toMatchObject({
      code: "BROKER_UNREACHABLE",
      message: expect.stringContaining("too many other clients wait for it"),
    });
  });

  it("because its broker is being started again is asked again", async () => {
    const path = join(socketFolder(), "again.sock");
    const dead = await busyServer(path);
    dead.kill("SIGKILL");
    await once(dead, "exit");
    const answer = new ControlClient(path).status();
    const server = createHttpServer((_, response) => response.end(JSON.stringify(STATUS)));
    onTestFinished(() => void server.close());
    server.listen(`${path}.new`, () => renameSync(`${path}.new`, path));
    expect((await answer).version).toBe("0.1.0");
  });

  it("that cut the connection is asked again only where the question changes nothing", async () => {
    const path = join(socketFolder(), "cut.sock");
    const heard: string[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        heard.push(String(bytes).split(" ")[0] ?? "");
        if (heard.length === 1 || heard.at(-1) === "POST") socket.destroy();
        else socket.end(ok(JSON.stringify(STATUS)));
      });
    }).listen(path);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const client = new ControlClient(path);
    expect((await client.status()).version).toBe("0.1.0");
    await expect(client.setBalloon("web1", "auto")).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    expect(heard).toEqual(["GET", "GET", "POST"]);
  });
});
