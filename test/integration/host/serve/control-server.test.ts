import { once } from "node:events";
import { existsSync, lstatSync, renameSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { PLACES } from "../../../../host/src/serve/api-server.ts";
import { FEED_QUEUE_LIMIT, MOST_FEEDS } from "../../../../host/src/serve/event-feed.ts";
import { type ControlServer, startControlServer } from "../../../../host/src/serve/server.ts";
import { DB, EXPLANATION, FakeBrokerView, STATUS } from "../../../fakes/fake-control-service.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";

const folder = tempFolder();
const socketPath = join(folder, "run", "control.sock");
let view: FakeBrokerView;
let log: ReturnType<typeof keepingLog>;
let server: ControlServer;

beforeEach(async () => {
  view = new FakeBrokerView();
  log = keepingLog();
  server = await startControlServer({ socketPath, view, log });
});
afterEach(() => server.close());

function open(path: string, method = "GET", body = ""): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method, agent: false }, resolve).on("error", reject).end(body);
  });
}

async function ask(path: string, method = "GET", body = ""): Promise<{ status: number; json: unknown }> {
  const response = await open(path, method, body);
  return { status: response.statusCode ?? 0, json: JSON.parse(await text(response)) };
}

/** Lines of a stream as they come; `next` waits for one. */
function linesOf(response: IncomingMessage) {
  let rest = "";
  const lines: unknown[] = [];
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part)));
  });
  return lines;
}

describe("the control API", () => {
  it("answers health, status, explain and info", async () => {
    expect(await ask("/v1/health")).toEqual({
      status: 200,
      json: { ok: true, version: "0.1.0", mode: "act" },
    });
    expect(await ask("/v1/status")).toEqual({ status: 200, json: JSON.parse(JSON.stringify(STATUS)) });
    expect((await ask("/v1/guests/web1/explain")).json).toEqual(EXPLANATION);
    expect((await ask("/v1/guests/web1/info")).json).toMatchObject({ guest: { name: "web1" }, facts: {} });
  });

  it("answers parts of the status alone, and the decisions of late", async () => {
    expect((await ask("/v1/host")).json).toEqual(STATUS.host);
    expect((await ask("/v1/guests")).json).toEqual({ guests: JSON.parse(JSON.stringify(STATUS.guests)) });
    expect((await ask("/v1/guests/db1")).json).toEqual(DB);
    expect((await ask("/v1/guests/nobody")).json).toMatchObject({ error: { code: "unknown-guest" } });
    const [move] = EXPLANATION.moves;
    const decisions = [{ name: "web1", ...move }];
    expect((await ask(`/v1/decisions?since=${move?.atMs}`)).json).toEqual({ decisions });
    expect((await ask(`/v1/decisions?since=${(move?.atMs ?? 0) + 1}`)).json).toEqual({ decisions: [] });
  });

  it("tells an unknown guest from a guest without figures yet", async () => {
    const error = (code: string) => ({ error: { code, message: expect.any(String) } });
    expect(await ask("/v1/guests/nobody/explain")).toEqual({ status: 404, json: error("unknown-guest") });
    expect(await ask("/v1/guests/db1/explain")).toEqual({ status: 503, json: error("not-ready") });
    expect(await ask("/v1/guests/%2e%2e%2fx/info")).toEqual({ status: 404, json: error("unknown-guest") });
    expect(await ask("/v1/guests/%ff/info")).toEqual({ status: 404, json: error("unknown-guest") });
  });

  it("holds and lets go a balloon, and passes on the broker's refusal", async () => {
    const held = await ask("/v1/guests/web1/balloon", "POST", '{"target":1048576,"forMs":5000}');
    expect(held).toEqual({ status: 200, json: { ok: true, text: "web1 is held at 1048576 bytes" } });
    await ask("/v1/guests/web1/balloon", "POST", '{"target":"auto"}');
    expect(view.manualCalls).toEqual([
      { name: "web1", target: 1048576, forMs: 5000 },
      { name: "web1", target: "auto", forMs: undefined },
    ]);
    expect(await ask("/v1/guests/old1/balloon", "POST", '{"target":1048576}')).toEqual({
      status: 409,
      json: { error: { code: "refused", message: "old1 cannot be reached" } },
    });
  });

  it("switches guests' modes, one or all", async () => {
    expect(await ask("/v1/guests/web1/mode", "POST", '{"mode":"act"}')).toEqual({
      status: 200,
      json: { ok: true, text: "web1: act" },
    });
    expect((await ask("/v1/mode", "POST", '{"mode":"observe"}')).status).toBe(200);
    expect((await ask("/v1/guests/web1/mode", "POST", '{"mode":"config"}')).status).toBe(200);
    expect((await ask("/v1/mode", "POST", '{"mode":"off"}')).status).toBe(400);
    expect((await ask("/v1/guests/nobody/mode", "POST", '{"mode":"act"}')).status).toBe(404);
    expect(view.modeCalls).toEqual([
      { mode: "act", name: "web1" },
      { mode: "observe", name: undefined },
      { mode: "config", name: "web1" },
    ]);
  });

  it("refuses what is not a balloon request, without reaching the broker", async () => {
    expect((await ask("/v1/guests/web1/balloon", "POST", "hello")).status).toBe(400);
    expect((await ask("/v1/guests/nobody/balloon", "POST", '{"target":1048576}')).status).toBe(404);
    const large = await ask("/v1/guests/web1/balloon", "POST", `{"target":${" ".repeat(100_000)}5}`);
    expect(large).toEqual({
      status: 413,
      json: { error: { code: "too-large", message: expect.any(String) } },
    });
    expect((await ask("/v1/guests/web1/balloon")).status).toBe(404);
    expect(view.manualCalls).toEqual([]);
  });

  it("takes a body that does not tell its length, up to the same bound", async () => {
    const chunked = (body: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { "transfer-encoding": "chunked" };
        const sent = request({ socketPath, path: "/v1/guests/web1/balloon", method: "POST", headers });
        sent.on("response", (response) => resolve(response.resume().statusCode ?? 0)).on("error", reject);
        sent.write(body.slice(0, 5));
        sent.end(body.slice(5));
      });
    expect(await chunked('{"target":1048576}')).toBe(200);
    expect(view.manualCalls).toHaveLength(1);
    expect(await chunked("hello")).toBe(400);
    expect(await chunked(`{"target":${" ".repeat(100_000)}5}`)).toBe(413);
    expect(view.manualCalls).toHaveLength(1);
  });

  it("tells of KSM and passes orders on, with the broker's refusal", async () => {
    expect(await ask("/v1/ksm")).toMatchObject({
      status: 200,
      json: { ksm: { mode: "observe", savedBytes: 175 * 1024 * 1024 }, guests: [{ name: "web1" }, {}, {}] },
    });
    expect(await ask("/v1/ksm", "POST", '{"order":"on"}')).toEqual({
      status: 200,
      json: { ok: true, text: "KSM is on" },
    });
    expect(await ask("/v1/ksm", "POST", '{"order":"unmerge"}')).toMatchObject({
      status: 409,
      json: { error: { code: "refused", message: expect.stringContaining("nothing is done") } },
    });
    expect(view.ksmOrders).toEqual(["on", "unmerge"]);
  });

  it.each(["hello", '{"order":"start"}', '{"order":"on","force":true}', "[]"])(
    "refuses what is no order about KSM, and never asks the broker then: %s",
    async (body) => {
      expect((await ask("/v1/ksm", "POST", body)).status).toBe(400);
      expect(view.ksmOrders).toEqual([]);
    },
  );

  it("refuses a body without end that announces no length", async () => {
    const socket = connect(socketPath);
    socket.on("error", () => {});
    socket.write("POST /v1/guests/web1/balloon HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
    socket.write(chunk + chunk + chunk);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  it("refuses URLs and headers without end", async () => {
    const response = await open(`/v1/${"x".repeat(20_000)}`);
    response.resume();
    expect(response.statusCode).toBe(431);
  });

  it("answers nonsense that is not even HTTP and goes on", async () => {
    const socket = connect(socketPath);
    socket.end("\u0000\u0001\u0002 nonsense\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400/);
    expect((await ask("/v1/health")).status).toBe(200);
  });

  it("says that the broker failed without telling how, and logs it", async () => {
    view.failure = new Error("secret detail");
    const answer = await ask("/v1/status");
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.json)).not.toContain("secret");
    expect(log.lines).toEqual(["the control API failed to answer"]);
  });

  it("gives the latest events, and those after an id", async () => {
    for (const word of ["one", "two", "three"]) view.emit(word);
    const texts = async (query: string) => {
      const { json } = await ask(`/v1/events${query}`);
      return (json as { events: { text: string }[] }).events.map((event) => event.text);
    };
    expect(await texts("")).toEqual(["one", "two", "three"]);
    expect(await texts("?after=1")).toEqual(["two", "three"]);
    expect(await texts("?limit=1")).toEqual(["three"]);
    expect((await ask("/v1/events?limit=x")).status).toBe(400);
  });

  it("streams past events and then each new one", async () => {
    view.emit("past");
    const response = await open("/v1/events/stream");
    expect(response.headers["content-type"]).toBe("application/x-ndjson");
    const lines = linesOf(response);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    view.emit("new", "web1");
    await vi.waitFor(() => expect(lines).toMatchObject([{ text: "past" }, { text: "new", guest: "web1" }]));
    response.destroy();
  });

  it("forgets a follower that went away", async () => {
    const response = await open("/v1/events/stream");
    expect(view.listeners).toBe(1);
    response.destroy();
    await vi.waitFor(() => expect(view.listeners).toBe(0));
  });

  it("keeps a bounded number of events for a follower that does not read, and tells what was lost", async () => {
    const response = await open("/v1/events/stream");
    const long = "x".repeat(2000);
    for (let i = 0; i < FEED_QUEUE_LIMIT + 500; i++) view.emit(long);
    view.emit("last");
    const lines = linesOf(response);
    await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ text: "last" }));
    const lost = lines.filter((line): line is { dropped: number } =>
      Object.hasOwn(line as object, "dropped"),
    );
    const lostCount = lost.reduce((total, { dropped }) => total + dropped, 0);
    expect(lostCount).toBeGreaterThan(0);
    expect(lines.length - lost.length + lostCount).toBe(FEED_QUEUE_LIMIT + 501);
    response.destroy();
  });

  it("refuses more followers than it can bear", async () => {
    const followers = await Promise.all(Array.from({ length: MOST_FEEDS }, () => open("/v1/events/stream")));
    expect((await ask("/v1/events/stream")).json).toMatchObject({ error: { code: "too-many-streams" } });
    for (const follower of followers) follower.destroy();
    await vi.waitFor(() => expect(view.listeners).toBe(0));
  });
});

/** Connects and says `words`, and no more; reads nothing. */
async function sayOnly(words: string): Promise<Socket> {
  const socket = connect(socketPath);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  const isConnected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  // The kernel's queue is full for now: the server takes one connection in each turn of its loop.
  if (!isConnected) return sleep(1).then(() => sayOnly(words));
  socket.write(words);
  return socket.pause();
}

const AT_ONCE = 50;

async function sayOnlyTimes(count: number, words: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count)
    sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => sayOnly(words)))));
  return sockets;
}

const STATUS_REQUEST = "GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

describe("the control API's places", () => {
  it.each([
    ["say nothing", ""],
    ["begin a request and do not end it", "GET /v1/status HTTP/1.1\r\nhost: "],
    [
      "announce a body and do not send it",
      "POST /v1/ksm HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    ],
  ])("are never taken by connections that %s: the oldest is cut, followers stay", async (_, words) => {
    const follower = await open("/v1/events/stream");
    const lines = linesOf(follower);
    const sockets = await sayOnlyTimes(PLACES.waiting + 50, words);
    expect((await ask("/v1/status")).status).toBe(200);
    await vi.waitUntil(() => sockets.filter(({ destroyed }) => destroyed).length >= 50);
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(PLACES.waiting / 2);
    view.emit("still told");
    await vi.waitFor(() => expect(lines).toMatchObject([{ text: "still told" }]));
    follower.destroy();
  });

  it("are never taken by a thousand that want to follow: sixteen do, the others are refused", async () => {
    const sockets = await sayOnlyTimes(1_000, "GET /v1/events/stream HTTP/1.1\r\nhost: x\r\n\r\n");
    expect((await ask("/v1/status")).status).toBe(200);
    expect(view.listeners).toBe(MOST_FEEDS);
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThanOrEqual(MOST_FEEDS);
  });

  it("are never taken by clients that ask and do not read", async () => {
    view.more = Array.from({ length: 2_000 }, (_, i) => ({ ...DB, name: `guest${i}` }));
    const sockets = await sayOnlyTimes(PLACES.answering + 50, STATUS_REQUEST);
    expect((await ask("/v1/status")).status).toBe(200);
    const answers = await Promise.all(sockets.map((socket) => text(socket)));
    expect(answers.filter((answer) => answer.endsWith("]}")).length).toBeLessThanOrEqual(PLACES.answering);
  });
});

async function leaveDeadSocket(path: string): Promise<void> {
  const dead = createServer().listen(path);
  await once(dead, "listening");
  // Closing would unlink the file; a broker that is killed leaves it there.
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => dead.close(resolve));
  renameSync(`${path}.kept`, path);
}

describe("the control socket", () => {
  it("is made with its folder, for owner and group only", () => {
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o660);
    expect(lstatSync(join(folder, "run")).mode & 0o777).toBe(0o755);
  });

  it("ends its followers' streams on close and takes its file away", async () => {
    const response = await open("/v1/events/stream");
    const ended = once(response.resume(), "end");
    await server.close();
    await ended;
    expect(existsSync(socketPath)).toBe(false);
    expect(view.listeners).toBe(0);
    await server.close();
  });

  it("is refused while another broker answers, which stays as it is", async () => {
    const second = startControlServer({ socketPath, view, log });
    await expect(second).rejects.toMatchObject({
      code: "CONTROL_SOCKET_IN_USE",
      message: expect.stringContaining(`another ballastd answers on ${socketPath}`),
    });
    expect((await ask("/v1/health")).status).toBe(200);
  });

  it("replaces what a dead broker left behind", async () => {
    const path = join(folder, "stale.sock");
    await leaveDeadSocket(path);
    const again = await startControlServer({ socketPath: path, view, log });
    expect(lstatSync(path).isSocket()).toBe(true);
    await again.close();
  });

  it("is had by one of many brokers that start at once beside a dead one's socket, every time", async () => {
    const path = join(folder, "stale.sock");
    for (let round = 0; round < 25; round++) {
      await leaveDeadSocket(path);
      const starts = Array.from({ length: 4 }, () => startControlServer({ socketPath: path, view, log }));
      const settled = await Promise.allSettled(starts);
      const had = settled.filter((start) => start.status === "fulfilled");
      expect(had).toHaveLength(1);
      for (const start of settled)
        if (start.status === "rejected")
          expect(start.reason).toMatchObject({ code: "CONTROL_SOCKET_IN_USE" });
      await had[0]?.value.close();
    }
  });

  it("leaves alone what is no socket, and says what to do where it cannot be", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "precious");
    await expect(startControlServer({ socketPath: path, view, log })).rejects.toMatchObject({
      code: "CONTROL_SOCKET_TAKEN",
    });
    const beneathFile = startControlServer({ socketPath: join(path, "x.sock"), view, log });
    await expect(beneathFile).rejects.toMatchObject({ code: "CONTROL_SOCKET_UNUSABLE" });
  });
});
