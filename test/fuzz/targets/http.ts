/** The control API over HTTP, from the first byte of a connection. */
import { once } from "node:events";
import { threadId } from "node:worker_threads";
import { createApiServer } from "../../../host/src/serve/api-server.ts";
import { FakeBrokerView } from "../../fakes/fake-control-service.ts";
import { bytesOf, type FuzzTarget, promise } from "../target.ts";
import { exchange } from "./connection.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** A name without a file (unix(7), abstract): nothing is left behind. */
const socketPath = `\0ballast-fuzz-${process.pid}-${threadId}`;
let started: Promise<unknown> | undefined;

function start(): Promise<unknown> {
  const { server } = createApiServer(new FakeBrokerView(), quiet);
  return once(server.listen(socketPath), "listening");
}

const request = (line: string, body = "") =>
  bytesOf(
    `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );

export const target: FuzzTarget = {
  seeds: [
    request("GET /v1/status"),
    request("GET /v1/guests/web1/explain"),
    request("GET /v1/decisions?since=17&guest=web1"),
    request("GET /v1/history/guests/web1?from=0&to=1000"),
    request("PUT /v1/guests/web1/balloon", '{"bytes":1073741824,"forMs":60000}'),
    request("PUT /v1/mode", '{"mode":"observe","guest":"db1"}'),
    request("POST /v1/ksm", '{"order":"unmerge"}'),
    request("GET /v1/openapi.json"),
  ],
  words: [
    "\r\n",
    "\r\n\r\n",
    "GET ",
    "PUT ",
    "DELETE ",
    "OPTIONS ",
    "/v1/",
    "%2e%2e%2f",
    "%00",
    "Host: ",
    "Origin: http://x\r\n",
    "Expect: 100-continue\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: ",
    "Upgrade: websocket\r\n",
    "0\r\n\r\n",
    '{"',
    "null",
    "?since=",
    "1e99",
  ],
  run: async (untrustedBytes) => {
    started ??= start();
    await started;
    const answer = await exchange({ path: socketPath }, untrustedBytes);
    promise(!answer.includes("HTTP/1.1 500"), `an error of the broker's own: ${answer.slice(0, 400)}`);
    promise(answer === "" || answer.startsWith("HTTP/1.1 "), `no HTTP: ${answer.slice(0, 100)}`);
  },
};
