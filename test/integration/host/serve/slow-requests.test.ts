/** The control API's server against clients that never come to the end of a request, and those that speak another protocol. */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { createApiServer } from "../../../../host/src/serve/api-server.ts";
import { httpGuard } from "../../../../host/src/serve/http-guard.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

/** Shorter than in the product; long enough that a request sent at once never meets them. */
const TIMES = { headersMs: 2_000, requestMs: 3_000, checkMs: 50 };
/** Between two bytes. */
const PAUSE_MS = 20;

/** The API on a port, with the guard that it has there. */
async function serving() {
  const view = new FakeBrokerView();
  const log = keepingLog();
  const guard = httpGuard({ readTokens: async () => ["t".repeat(32)], log });
  const { server } = createApiServer(view, log, { guard, times: TIMES });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const expectServed = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/health`, { headers: { connection: "close" } });
    expect(answer.status).toBe(200);
  };
  return { view, log, port, expectServed };
}

/** Sends `words` at once and `slow` byte by byte, again and again, until it is cut; resolves with what was answered. */
async function trickle(port: number, words: string, slow: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const ended = endOf(socket);
  let [answer, sent] = ["", 0];
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  await once(socket, "connect");
  socket.write(words);
  const timer = setInterval(() => socket.write(slow[sent++ % slow.length] ?? ""), PAUSE_MS);
  await ended;
  clearInterval(timer);
  return answer;
}

/** Resolves when the connection is over, however. */
function endOf(socket: Socket): Promise<void> {
  socket.on("error", () => {});
  return new Promise((resolve) => void socket.once("close", () => resolve()));
}

const HOST = "host: 127.0.0.1\r\n";
const BODY = `${HOST}content-length: 4000\r\n`;

const TOKEN = `authorization: Bearer ${"t".repeat(32)}\r\n`;
/** What is sent at once, what follows byte by byte, and the status of the answer. */
const SLOW: Readonly<Record<string, readonly [string, string, number]>> = {
  headers: ["GET /v1/status HTTP/1.1\r\n", "x: y\r\n", 408],
  "headers of an upgrade": ["GET /v1/stream HTTP/1.1\r\nupgrade: websocket\r\n", "x: y\r\n", 408],
  "a body that is wanted": [`POST /v1/ksm HTTP/1.1\r\n${BODY}${TOKEN}\r\n`, " ", 408],
  "a chunked body": [
    `POST /v1/ksm HTTP/1.1\r\n${HOST}${TOKEN}transfer-encoding: chunked\r\n\r\n`,
    "1\r\n \r\n",
    408,
  ],
  "a body that is refused": [`POST /v1/ksm HTTP/1.1\r\n${BODY}\r\n`, " ", 401],
  "a body that nobody asked for": [`GET /v1/health HTTP/1.1\r\n${BODY}\r\n`, " ", 200],
};

it("cuts clients that send headers or a body byte by byte, logs nothing of it, and answers others meanwhile", async () => {
  const { view, log, port, expectServed } = await serving();
  const slow = Object.entries(SLOW).map(async ([name, [words, rest]]) => {
    const answer = await trickle(port, words, rest);
    return [name, Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1])];
  });
  await expectServed();
  const expected = Object.entries(SLOW).map(([name, [, , status]]) => [name, status]);
  expect(await Promise.all(slow)).toEqual(expected);
  expect([view.ksmOrders, log.lines]).toEqual([[], []]);
  await expectServed();
});

it("ends a connection that speaks TLS", async () => {
  const { port, expectServed } = await serving();
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await endOf(socket);
  expect(socket.getProtocol()).toBeNull();
  await expectServed();
});
