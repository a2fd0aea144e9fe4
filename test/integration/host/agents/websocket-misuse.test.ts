/** The listener for agents against what abuses TCP, TLS, HTTP or WebSocket below the protocol: each is cut, and another guest's agent is served on. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, TLSSocket } from "node:tls";
import { deflateRawSync } from "node:zlib";
import { CLOSE_CODES, encodeEnvelope } from "@ballast/proto";
import { describe, expect, onTestFinished, test } from "vitest";
import { HANDSHAKE_LIMIT_MS } from "../../../../host/src/agents/websocket/unauthenticated.ts";
import { agentRequest } from "../../../fakes/agent-request.ts";
import { AgentServerScene, entry, testAuthority, tokenOf, until } from "../../../fakes/agent-server-scene.ts";
import type { FakeWebSocketAgent } from "../../../fakes/fake-websocket-agent.ts";

const MIB = 1024 * 1024;
/** RFC 6455: a whole binary message; the same with RSV1, which says that it is compressed; a pong. */
const [BINARY, COMPRESSED, PONG] = [0x82, 0xc2, 0x8a];
/** Of a few bytes each: far less in all than what may be read at once. */
const PIECES = 5_000;
/** Connections that begin TLS at the same moment; and far more turns than they need. */
const [AT_ONCE, MOST_TURNS] = [40, 100_000];

/** A listener with an honest agent of "db1", who must be served at the end. */
async function serving(secure: boolean) {
  const scene = await AgentServerScene.open(secure);
  scene.guest("web1");
  scene.guest("db1");
  const honest = scene.agent({ token: tokenOf("db1") });
  await honest.begin();
  return { scene, expectServed: () => scene.expectServed(honest) };
}

function overTls({ port }: AgentServerScene, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({ port, host: "127.0.0.1", ca: testAuthority().ca, ...options });
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** A client's frame, masked with zeros. */
function frame(first: number, payload: Uint8Array): Buffer {
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  const [short = 0, ...more] = length;
  return Buffer.concat([Uint8Array.of(first, 0x80 | short, ...more, 0, 0, 0, 0), payload]);
}

/** Resolves when the connection is over, however. */
const endOf = (socket: Socket) => new Promise<void>((resolve) => void socket.once("close", () => resolve()));

/** The connection below an agent's WebSocket. */
const carrierOf = ({ socket }: FakeWebSocketAgent) => Reflect.get(socket, "_socket") as Socket;

/** The first bytes that a TLS client says. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = connectTls({ port, host: "127.0.0.1" });
  client.on("error", () => {});
  const [peer] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(peer, "data")) as [Buffer];
  peer.destroy();
  client.destroy();
  server.close();
  return hello;
}

describe("a connection that never comes to its end of", () => {
  test.each([
    ["its header", false, async (scene: AgentServerScene) => scene.raw(), agentRequest(tokenOf("web1"))],
    [
      "its header over TLS",
      true,
      async (scene: AgentServerScene) => overTls(scene),
      agentRequest(tokenOf("web1")),
    ],
    ["its TLS handshake", true, async (scene: AgentServerScene) => scene.raw(), ""],
  ])("%s, byte by byte, is cut after five seconds", async (_, secure, dial, words) => {
    const { scene, expectServed } = await serving(secure);
    const bytes = words === "" ? await clientHello() : Buffer.from(words);
    const slow = await dial(scene);
    await once(slow, slow instanceof TLSSocket ? "secureConnect" : "connect");
    await until(() => scene.timers.delays.includes(HANDSHAKE_LIMIT_MS));
    const closed = endOf(slow.resume());
    for (let second = 0; second < HANDSHAKE_LIMIT_MS / 1000; second++) {
      expect(scene.refused).toEqual([]);
      slow.write(bytes.subarray(second, second + 1));
      scene.timers.advance(1000);
    }
    await closed;
    expect(scene.refused[0]).toMatch(/did not finish its opening handshake in time/);
    await expectServed();
  });

  test.each([false, true])("its body is answered and closed at once (TLS: %s)", async (secure) => {
    const { scene, expectServed } = await serving(secure);
    const slow = secure ? overTls(scene) : scene.raw();
    const closed = endOf(slow);
    slow.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    const [answer] = await once(slow, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 426 /);
    await closed;
    await expectServed();
  });

  test("its headers, which grow without end, is cut at 4 KiB", async () => {
    const { scene, expectServed } = await serving(true);
    const long = overTls(scene);
    const closed = endOf(long.resume());
    long.write(agentRequest(tokenOf("web1"), `x-long: ${"x".repeat(5_000)}`));
    await closed;
    expect(scene.told("web1")).toEqual([]);
    await expectServed();
  });
});

describe("TLS", () => {
  test("that is not spoken where it must be ends the connection, with a line", async () => {
    const { scene, expectServed } = await serving(true);
    const plain = scene.raw();
    const closed = endOf(plain.resume());
    plain.write(agentRequest(tokenOf("web1")));
    await closed;
    expect(scene.refused).toEqual([expect.stringMatching(/no TLS connection came about/)]);
    await expectServed();
  });

  test("that is spoken where there is none ends the connection, with a line", async () => {
    const { scene, expectServed } = await serving(false);
    await endOf(overTls(scene));
    expect(scene.refused).toEqual([expect.stringMatching(/no HTTP request: does the agent use wss:\/\//)]);
    await expectServed();
  });

  test("of a version before 1.2 is refused", async () => {
    const { scene, expectServed } = await serving(true);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const socket = overTls(scene, old);
    await endOf(socket);
    expect(socket.getProtocol()).toBeNull();
    await until(() => scene.refused.some((line) => /no TLS connection came about/.test(line)));
    await expectServed();
  });

  test.each([false, true])(
    "that is negotiated again and again ends the connection (with a token: %s)",
    async (welcome) => {
      const { scene, expectServed } = await serving(true);
      const greedy = overTls(scene, { maxVersion: "TLSv1.2" });
      await once(greedy, "secureConnect");
      if (welcome) {
        greedy.write(agentRequest(tokenOf("web1")));
        await once(greedy, "data");
      }
      const ended = endOf(greedy.resume());
      const again = () => void (greedy.destroyed || greedy.renegotiate({}, () => setImmediate(again)));
      again();
      await ended;
      await expectServed();
    },
  );

  test("is begun by one connection in each turn of the event loop, so that agents are read between", async () => {
    const { scene, expectServed } = await serving(true);
    const isPending = (delayMs: number) => delayMs === HANDSHAKE_LIMIT_MS;
    const sockets = Array.from({ length: AT_ONCE }, () => scene.raw());
    await until(() => scene.timers.delays.filter(isPending).length === AT_ONCE);
    let turn = 0;
    const count = () => void (turn++ < MOST_TURNS && setImmediate(count));
    const turns = sockets.map((socket) => once(socket, "data").then(() => turn));
    const hello = await clientHello();
    count();
    for (const socket of sockets) socket.write(hello);
    expect(new Set(await Promise.all(turns)).size).toBeGreaterThan(AT_ONCE / 2);
    await expectServed();
  });
});

describe("an agent that sends", () => {
  test("compressed frames, which it was not allowed, is cut before anything is inflated", async () => {
    const { scene, expectServed } = await serving(false);
    const bomb = deflateRawSync(Buffer.alloc(32 * MIB));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const agent = scene.agent();
    await agent.begin();
    carrierOf(agent).write(frame(COMPRESSED, bomb));
    expect(await agent.closed()).toBe(1002);
    await until(() =>
      scene.told("web1").some((line) => /is no WebSocket \(WS_ERR_UNEXPECTED_RSV_1\)/.test(line)),
    );
    await expectServed();
  });

  test("an offer to compress is answered without it", async () => {
    const { scene } = await serving(true);
    const socket = overTls(scene);
    socket.write(
      agentRequest(tokenOf("web1"), "sec-websocket-extensions: permessage-deflate; client_max_window_bits"),
    );
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
    expect(String(answer).toLowerCase()).not.toContain("extensions");
  });

  test("a message in single bytes is cut after a thousand of them", async () => {
    const { scene, expectServed } = await serving(true);
    const agent = scene.agent();
    await agent.begin();
    const carrier = carrierOf(agent);
    const bytes = frame(BINARY, Buffer.alloc(60_000));
    // Each byte is a TLS record of its own, so the host reads it alone.
    for (let sent = 0; agent.connected && sent < bytes.length; sent++)
      await new Promise<void>((resolve) => carrier.write(bytes.subarray(sent, sent + 1), () => resolve()));
    expect(await agent.closed()).toBe(CLOSE_CODES.policy);
    await until(() => scene.told("web1").some((line) => /too many pieces/.test(line)));
    await expectServed();
  });

  test("many small pieces is read as slowly as one that sends much", async () => {
    const { scene, expectServed } = await serving(true);
    const agent = scene.agent();
    await agent.begin();
    const carrier = carrierOf(agent);
    for (let sent = 0; sent < PIECES; sent++)
      await new Promise<void>((resolve) => carrier.write(frame(PONG, new Uint8Array()), () => resolve()));
    await until(() => scene.timers.delays.some((delayMs) => delayMs < HANDSHAKE_LIMIT_MS));
    await expectServed();
    scene.timers.advance(HANDSHAKE_LIMIT_MS);
    await scene.expectServed(agent, "web1");
  });
});

describe("an agent whose token is revoked while it is connected", () => {
  async function revoked() {
    const { scene, expectServed } = await serving(false);
    const channel = scene.guest("web1");
    const agent = scene.agent();
    await agent.begin();
    await scene.expectServed(agent, "web1");
    // It goes on as if it had not heard that it is closed.
    agent.stopReading();
    scene.server.setTokens([entry("web1", "next"), entry("db1")]);
    return { scene, channel, agent, carrier: carrierOf(agent), expectServed };
  }

  test("counts as gone at once, and nothing that it says is heard any more", async () => {
    const { scene, channel, agent, carrier, expectServed } = await revoked();
    expect(channel.facts().connected).toBe(false);
    expect(scene.told("web1").at(-1)).toMatch(/token was revoked/);
    const message = { type: "report", sampledAtMs: 1, availableBytes: MIB } as const;
    carrier.end(frame(BINARY, encodeEnvelope({ session: agent.session, sequence: 100, message })));
    await endOf(carrier.resume());
    expect(scene.reports["web1"]).toHaveLength(1);
    await expectServed();
  });

  test("is cut, though it does not answer", async () => {
    const { scene, carrier, expectServed } = await revoked();
    scene.timers.advance(1_000);
    await endOf(carrier.resume());
    await expectServed();
  });
});
