/** The HTTP server asked under the name of another site (DNS rebinding), or by a page of one: nothing is told, nothing is changed, on any path. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { OPERATIONS } from "../../../../host/src/api/operations.ts";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import { startHttpServer } from "../../../../host/src/serve/http-server.ts";
import { PAGE_TYPES, type PageFiles } from "../../../../host/src/serve/page.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";
import { freePort } from "../../../testbed/free-port.ts";

const TOKEN = "t".repeat(32);
const PAGE = Object.fromEntries(Object.keys(PAGE_TYPES).map((name) => [name, "our page"])) as PageFiles;

/** Every path that is served, with its method. */
const PATHS = [
  ...Object.values(OPERATIONS).map(({ method, path }) => [
    method.toUpperCase(),
    path.replace("{name}", "web1"),
  ]),
  ...["/", "/page/page.js", "/page/page.css", "/page/icon.svg", "/v1/openapi.json", "/nothing"].map(
    (path) => ["GET", path],
  ),
] as [string, string][];

async function serving() {
  const [view, port] = [new FakeBrokerView(), await freePort()];
  const parts = { view, metrics: createMetrics(), page: PAGE, readTokens: async () => [TOKEN] };
  const server = await startHttpServer({ host: "127.0.0.1", port, ...parts, log: keepingLog() });
  onTestFinished(() => server.close());
  const expectUntouched = () =>
    expect([view.manualCalls, view.modeCalls, view.ksmOrders, view.listeners]).toEqual([[], [], [], 0]);
  return { view, port, expectUntouched };
}

/** Asks with a valid token, so that only the names decide. */
async function ask(port: number, [method, path]: readonly [string, string], headers: Record<string, string>) {
  return new Promise<{ status: number; error?: string }>((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method, path, agent: false, setHost: false };
    const sent = request({ ...options, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
    sent.on("response", async (answer) => {
      const [, error] = /"code":"([^"]+)"/.exec(await text(answer)) ?? [];
      resolve({ status: answer.statusCode ?? 0, ...(error !== undefined && { error }) });
    });
    sent.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve({ status: 101 });
    });
    sent.on("error", reject);
    sent.end(method === "POST" ? BODIES.get(path.split("/").at(-1) ?? "") : "");
  });
}

/** What a POST wants, by the last word of its path. */
const BODIES = new Map([
  ["balloon", '{"target":1048576}'],
  ["mode", '{"mode":"act"}'],
  ["ksm", '{"order":"on"}'],
]);
const STREAM = ["GET", "/v1/stream"] as const;
const UPGRADE = {
  ...{ connection: "upgrade", upgrade: "websocket" },
  ...{ "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" },
};

/** Names that are none of the server's own; each with the origins that a browser may name. */
const FOREIGN = [
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "2130706433",
  "localhost.",
];
const FORBIDDEN = { status: 403, error: "forbidden" };

describe.each(FOREIGN)("under the name %s", (name) => {
  it("every path is refused, whatever origin is named, and so is the stream as a WebSocket", async () => {
    const { port, expectUntouched } = await serving();
    const host = `${name}:${port}`;
    for (const origin of [{}, { origin: `http://${host}` }, { origin: `http://127.0.0.1:${port}` }]) {
      for (const what of PATHS)
        expect(await ask(port, what, { host, ...origin }), what.join(" ")).toEqual(FORBIDDEN);
      expect(await ask(port, STREAM, { host, ...origin, ...UPGRADE })).toEqual(FORBIDDEN);
    }
    expectUntouched();
  });
});

describe.each(["http://evil.example", "http://127.0.0.1:1", "https://localhost", "null"])(
  "a page of %s",
  (origin) => {
    it("is refused every path, and the stream as a WebSocket", async () => {
      const { port, expectUntouched } = await serving();
      const host = `127.0.0.1:${port}`;
      for (const what of PATHS)
        expect(await ask(port, what, { host, origin }), what.join(" ")).toEqual(FORBIDDEN);
      expect(await ask(port, STREAM, { host, origin, ...UPGRADE })).toEqual(FORBIDDEN);
      expectUntouched();
    });
  },
);

it("the server's own page is answered on every path, so it is the names that decide", async () => {
  const { view, port } = await serving();
  const own = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` };
  for (const what of PATHS.filter(([, path]) => path !== "/v1/events/stream"))
    expect(await ask(port, what, own), what.join(" ")).not.toEqual(FORBIDDEN);
  expect((await ask(port, STREAM, { ...own, ...UPGRADE })).status).toBe(101);
  expect([view.manualCalls, view.modeCalls, view.ksmOrders].map(({ length }) => length)).toEqual([1, 2, 1]);
});
