/** The listener for agents, from the first byte of a connection: upgrade, token, frames. */
import { createHash } from "node:crypto";
import { SUBPROTOCOL } from "@ballast/proto";
import { type AgentServer, listenForAgents } from "../../../host/src/agents/websocket/agent-server.ts";
import { bytesOf, type FuzzTarget, promise } from "../target.ts";
import { exchange } from "./connection.ts";
import { recorded } from "./fixtures.ts";

const TOKEN = "token-of-web1-".padEnd(43, "x");
/** Between two inputs, so that no rate is ever used up. */
const PAUSE_MS = 3_600_000;
let nowMs = 0;
let started: Promise<AgentServer> | undefined;

async function start(): Promise<AgentServer> {
  const server = await listenForAgents({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    clock: { nowMs: () => nowMs, wallMs: () => 0 },
    // No time passes while an input is tried.
    timers: { after: () => () => {} },
    tuning: {},
    staleAfterMs: PAUSE_MS,
    onRefused: () => {},
  });
  server.setTokens([{ guest: "web1", sha256: createHash("sha256").update(TOKEN).digest("hex") }]);
  const listener = {
    fullBytes: () => undefined,
    uncountedBytes: () => 0,
    onSizeDoubted: () => {},
    onBoot: () => {},
    onReport: () => {},
    onDemand: () => {},
    onSession: () => {},
  };
  server.channel("web1", listener, () => true);
  return server;
}

const upgrade = bytesOf(
  `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
);

/** A masked binary frame of a client (RFC 6455, section 5.2), masked by zeros. */
function frame(payload: Uint8Array, opcode = 2): Buffer {
  const length = Buffer.of(0xfe, payload.length >> 8, payload.length & 0xff);
  return Buffer.concat([Buffer.of(0x80 | opcode), length, Buffer.alloc(4), payload]);
}

const [hello = new Uint8Array()] = recorded("wire/v1", /^hello\.bin$/);

export const target: FuzzTarget = {
  seeds: [
    upgrade,
    Buffer.concat([upgrade, frame(hello)]),
    Buffer.concat([
      upgrade,
      frame(hello),
      ...recorded("wire/v1", /(report|demand|ack).*\.bin$/).map((each) => frame(each)),
    ]),
    Buffer.concat([upgrade, frame(Buffer.from("03e8", "hex"), 8), frame(new Uint8Array(3), 9)]),
  ],
  words: [
    "\r\n",
    "\r\n\r\n",
    "Sec-WebSocket-",
    "Authorization: Bearer ",
    "Upgrade: ",
    SUBPROTOCOL,
    "permessage-deflate",
    "\u0082\u00fe",
    "\u0088\u0080",
  ],
  run: async (untrustedBytes) => {
    started ??= start();
    const { port } = await started;
    nowMs += PAUSE_MS;
    const answer = await exchange({ host: "127.0.0.1", port }, untrustedBytes);
    promise(!answer.includes("HTTP/1.1 500"), `an error of the broker's own: ${answer.slice(0, 400)}`);
  },
};
