/** The control API's server against clients that never come to the end of a request, and those that speak another protocol. */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { createApiServer } from "../../../../host/src/serve/api-server.ts";
import { httpGuard } from "../../../../host/src/serve/http-guard.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

/** Far shorter than in the product. */
const TIMES = { headersMs: 300, requestMs: 600, checkMs: 20 };
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
  const socket = connect(port, "127.0.0.1", () => socket.write(words));
  const ended = endOf(socket);
  let sent = 0;
  const timer = setInterval(() => socket.write(slow[sent++ % slow.length] ?? ""), PAUSE_MS);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  onTestFinished(() => {
    clearInterval(timer);
    socket.destroy();
  });
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

it.each([
  ["headers", "GET /v1/status HTTP/1.1\r\n", "x: y\r\n", /^HTTP\/1\.1 408 /],
  [
    "headers of an upgrade",
    "GET /v1/stream HTTP/1.1\r\nupgrade: websocket\r\n",
    "x: y\r\n",
    /^HTTP\/1\.1 408 /,
  ],
  [
    "a body that is wanted",
    `POST /v1/ksm HTTP/1.1\r\n${BODY}authorization: Bearer ${"t".repeat(32)}\r\n\r\n`,
    " ",
    /^HTTP\/1\.1 408 /,
  ],
  ["a body that is refused", `POST /v1/ksm HTTP/1.1\r\n${BODY}\r\n`, " ", /^HTTP\/1\.1 401 /],
  ["a body that nobody asked for", `GET /v1/health HTTP/1.1\r\n${BODY}\r\n`, " ", /^HTTP\/1\.1 200 /],
  [
    "a chunked body",
    `POST /v1/ksm HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\nauthorization: Bearer ${"t".repeat(32)}\r\n\r\n`,
    "1\r\n \r\n",
    /^HTTP\/1\.1 408 /,
  ],
])(
  "cuts a client that sends %s byte by byte, and answers another meanwhile",
  async (_, words, slow, expected) => {
    const { view, log, port, expectServed } = await serving();
    const cut = trickle(port, words, slow);
    await expectServed();
    expect(await cut).toMatch(expected);
    expect(view.ksmOrders).toEqual([]);
    expect(log.lines).toEqual([]);
    await expectServed();
  },
);

it("ends a connection that speaks TLS", async () => {
  const { port, expectServed } = await serving();
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await endOf(socket);
  expect(socket.getProtocol()).toBeNull();
  await expectServed();
});
