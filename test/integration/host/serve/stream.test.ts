/** The stream over real WebSockets. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { STREAM_MESSAGE } from "../../../../host/src/api/stream.ts";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import type { Status } from "../../../../host/src/model/status.ts";
import { applyDelta } from "../../../../host/src/model/status-delta.ts";
import { STREAM_CLOSE, type StreamMessage } from "../../../../host/src/model/stream.ts";
import { startHttpServer } from "../../../../host/src/serve/http-server.ts";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { MOST_READERS, StatusStream } from "../../../../host/src/serve/status-stream.ts";
import { acceptStreams } from "../../../../host/src/serve/stream-upgrade.ts";
import { FakeBrokerView, STATUS, WEB } from "../../../fakes/fake-control-service.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { freePort } from "../../../testbed/free-port.ts";

async function aServer() {
  const view = new FakeBrokerView();
  const log = keepingLog();
  const socketPath = join(tempFolder(), "control.sock");
  const server = await startControlServer({ socketPath, view, log });
  onTestFinished(() => server.close());
  return { view, log, server, socketPath, url: `ws+unix:${socketPath}:/v1/stream` };
}

/** A reader that keeps what it hears. */
function read(url: string, options = {}) {
  const socket = new WebSocket(url, options);
  onTestFinished(() => socket.terminate());
  const messages: StreamMessage[] = [];
  socket.on("message", (data) => messages.push(STREAM_MESSAGE.parse(JSON.parse(String(data)))));
  socket.on("error", () => {});
  const closed = new Promise((resolve) =>
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );
  return { socket, messages, closed };
}

/** What a reader knows after all that it heard. */
function statusIn(messages: readonly StreamMessage[]): Status | undefined {
  let status: Status | undefined;
  for (const message of messages) {
    if (message.type === "snapshot") status = message.status;
    if (message.type === "delta" && status !== undefined) status = applyDelta(status, message);
  }
  return status;
}

const sent = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("the stream", () => {
  it("tells a snapshot, then what changes, and each event at once, to all readers alike", async () => {
    const { view, url } = await aServer();
    view.emit("past");
    const first = read(url);
    await vi.waitFor(() => expect(first.messages).toHaveLength(1));
    expect(first.messages[0]).toMatchObject({
      type: "snapshot",
      status: sent(STATUS),
      events: [{ text: "past" }],
    });
    view.more = [{ ...WEB, name: "new1" }];
    view.emit("new", "new1");
    const second = read(url);
    const now = sent(view.status());
    await vi.waitFor(() => {
      for (const { messages } of [first, second]) expect(statusIn(messages)).toEqual(now);
    }, 5000);
    expect(first.messages).toContainEqual({ type: "event", event: expect.objectContaining({ text: "new" }) });
    view.more = [];
    await vi.waitFor(() => expect(statusIn(second.messages)).toEqual(sent(STATUS)), 5000);
  });

  it("costs nothing any more when its last reader is gone", async () => {
    const { view, url } = await aServer();
    const { socket, messages } = read(url);
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    expect(view.listeners).toBe(1);
    socket.terminate();
    await vi.waitFor(() => expect(view.listeners).toBe(0));
  });

  it("tells a reader that does not read that it is too slow, drops it, and goes on for the others", async () => {
    const { view, url } = await aServer();
    const slow = read(url);
    const brisk = read(url);
    await vi.waitFor(() => expect(slow.messages.length * brisk.messages.length).toBe(1));
    slow.socket.pause();
    for (let i = 0; i < 30; i++) {
      view.emit(`${i} ${"x".repeat(500_000)}`);
      await vi.waitFor(() =>
        expect(brisk.messages.filter(({ type }) => type === "event")).toHaveLength(i + 1),
      );
    }
    slow.socket.resume();
    expect(await slow.closed).toEqual({
      code: STREAM_CLOSE.slow,
      reason: expect.stringMatching(/^too slow/),
    });
    expect(slow.messages.filter(({ type }) => type === "event").length).toBeLessThan(30);
    const last = view.emit("still told");
    await vi.waitFor(() => expect(brisk.messages).toContainEqual({ type: "event", event: last }));
    expect(view.listeners).toBe(1);
  });

  it("tells one reader more than it can bear that there are too many", async () => {
    const { url } = await aServer();
    const readers = Array.from({ length: MOST_READERS }, () => read(url));
    await vi.waitFor(() => expect(readers.every(({ messages }) => messages.length > 0)).toBe(true));
    expect(await read(url).closed).toMatchObject({ code: STREAM_CLOSE.full });
    readers[0]?.socket.close();
    await readers[0]?.closed;
    const next = read(url);
    await vi.waitFor(() => expect(next.messages).not.toEqual([]));
  });

  it("lets only its readers out of the bounds of the other connections, and none that it refuses", async () => {
    const view = new FakeBrokerView();
    const stream = new StatusStream({ view, log: keepingLog() });
    const server = createServer();
    const onStream = vi.fn();
    acceptStreams(server, { stream, onStream });
    const path = join(tempFolder(), "own.sock");
    await once(server.listen(path), "listening");
    onTestFinished(() => void server.close());
    const url = `ws+unix:${path}:/v1/stream`;
    const readers = Array.from({ length: MOST_READERS }, () => read(url));
    await vi.waitFor(() => expect(readers.every(({ messages }) => messages.length > 0)).toBe(true));
    await Promise.all([read(url).closed, read(url).closed]);
    expect(onStream).toHaveBeenCalledTimes(MOST_READERS);
  });

  it("ends a reader that talks, and reads nothing long of it", async () => {
    const { url } = await aServer();
    const [short, long] = [read(url), read(url)];
    for (const { socket } of [short, long]) await once(socket, "open");
    short.socket.send("hello");
    long.socket.send("x".repeat(5000));
    expect(await short.closed).toMatchObject({ code: STREAM_CLOSE.talking });
    expect(await long.closed).toMatchObject({ code: 1009 });
  });

  it("answers a reader that asks whether the broker lives", async () => {
    const { url } = await aServer();
    const { socket, messages } = read(url);
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    socket.ping("alive");
    const [answer] = await once(socket, "pong");
    expect(String(answer)).toBe("alive");
  });

  it.each(["ping", "pong"] as const)("cuts a reader that sends one %s after the other", async (what) => {
    const { url, view } = await aServer();
    const { socket, messages, closed } = read(url);
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    for (let sent = 0; sent < 10_000; sent++) socket[what]();
    await closed;
    await vi.waitFor(() => expect(view.listeners).toBe(0));
  });

  it("says that the broker stops, and waits for no reader", async () => {
    const { server, url } = await aServer();
    const [one, deaf] = [read(url), read(url)];
    await vi.waitFor(() => expect(one.messages.length * deaf.messages.length).toBe(1));
    deaf.socket.pause();
    await server.close();
    expect(await one.closed).toEqual({ code: STREAM_CLOSE.stopping, reason: "the broker stops" });
  });

  it("ends where the broker fails, which stays up", async () => {
    const { view, log, url } = await aServer();
    const { messages, closed } = read(url);
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    view.failure = new Error("secret detail");
    expect(await closed).toEqual({
      code: STREAM_CLOSE.failed,
      reason: "the broker failed; its log says why",
    });
    expect(await read(url).closed).toMatchObject({ code: STREAM_CLOSE.failed });
    expect(log.lines).toEqual(Array(2).fill("the stream failed to read the status"));
    view.failure = undefined;
    const again = read(url);
    await vi.waitFor(() => expect(again.messages).toHaveLength(1));
  });

  it("is asked for as a WebSocket, and under its own path alone", async () => {
    const { socketPath } = await aServer();
    const ask = async (lines: readonly string[]) => {
      const socket = connect(socketPath);
      socket.end(`${[...lines, "host: x", "", ""].join("\r\n")}`);
      return text(socket);
    };
    const upgrade = ["connection: upgrade", "upgrade: websocket"];
    expect(await ask(["GET /v1/stream HTTP/1.1", "connection: close"])).toMatch(
      /^HTTP\/1.1 426 .*upgrade-required/s,
    );
    expect(await ask(["GET /v1/status HTTP/1.1", ...upgrade])).toMatch(/^HTTP\/1.1 404 .*"not-found"/s);
    expect(await ask(["GET /v1/stream HTTP/1.1", ...upgrade])).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("the stream over HTTP", () => {
  it("is for the page itself and programs, and for no page of another server", async () => {
    const port = await freePort();
    const server = await startHttpServer({
      ...{ host: "127.0.0.1", port, view: new FakeBrokerView(), metrics: createMetrics(), log: keepingLog() },
    });
    onTestFinished(() => server.close());
    const url = `ws://127.0.0.1:${port}/v1/stream`;
    for (const options of [{}, { origin: `http://127.0.0.1:${port}` }]) {
      const { messages } = read(url, options);
      await vi.waitFor(() => expect(messages).toHaveLength(1));
    }
    for (const options of [{ origin: "https://evil.example" }, { headers: { host: "evil.example" } }]) {
      const { socket, messages } = read(url, options);
      const [, answer] = await once(socket, "unexpected-response");
      expect([answer.statusCode, messages]).toEqual([403, []]);
    }
  });
});
