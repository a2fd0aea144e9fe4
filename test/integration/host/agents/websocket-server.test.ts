/** The listener for agents over real sockets and real TLS, against agents of every kind: a clear line each, and nobody else disturbed. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { CLOSE_CODES, decodeEnvelope } from "@ballast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { HEARTBEAT_MS } from "../../../../host/src/agents/websocket/agent-connection.ts";
import { listenForAgents } from "../../../../host/src/agents/websocket/agent-server.ts";
import { HELLO_LIMIT_MS } from "../../../../host/src/agents/websocket/guest-channel.ts";
import { HANDSHAKE_LIMIT_MS } from "../../../../host/src/agents/websocket/unauthenticated.ts";
import type { GuestReport } from "../../../../host/src/model/guest.ts";
import {
  AgentServerScene,
  entry,
  pemOf,
  testAuthority,
  tokenOf,
  until,
} from "../../../fakes/agent-server-scene.ts";
import type { FakeWebSocketAgent } from "../../../fakes/fake-websocket-agent.ts";
import type { HandTimers } from "../../../fakes/hand-timers.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";
import { TestAuthority } from "../../../fakes/test-authority.ts";

let scene: AgentServerScene;
let timers: HandTimers;
/** Lines about those that were turned away. */
let refused: string[];
let reports: Record<string, GuestReport[]>;

async function open(secure = true): Promise<void> {
  scene = await AgentServerScene.open(secure);
  ({ timers, refused, reports } = scene);
}

const guest: AgentServerScene["guest"] = (...words) => scene.guest(...words);
const agent: AgentServerScene["agent"] = (options) => scene.agent(options);
const raw = () => scene.raw();
const toldOf = (name: string) => scene.told(name);
const expectServed: AgentServerScene["expectServed"] = (...words) => scene.expectServed(...words);

beforeEach(() => open());

describe("a connection with", () => {
  test.each([
    ["no token", { token: "" }, 401, /it shows no token: start the agent with --token-file/],
    [
      "a wrong token",
      { token: tokenOf("nobody") },
      401,
      /its token is not known: issue one with `ballast agent token/,
    ],
    [
      "a token of a guest that is not managed",
      { token: tokenOf("gone") },
      403,
      /its token is for "gone", and no guest of this name is managed/,
    ],
    [
      "another subprotocol",
      { subprotocol: "ballast.guest.v9" },
      400,
      /does not offer the subprotocol ballast\.guest\.v1/,
    ],
  ])("%s is turned away with a line, and others are served", async (_, options, status, line) => {
    guest("web1");
    guest("db1");
    const other = agent({ token: tokenOf("db1") });
    await other.begin();
    const odd = agent(options);
    expect(await odd.refusal()).toBe(status);
    await until(() => refused.length === 1);
    expect(refused[0]).toMatch(line);
    expect(refused[0]).toMatch(/^127\.0\.0\.1 was turned away: /);
    expect(refused.join()).not.toContain("token-of-");
    await expectServed(other);
  });

  test("the token of another guest speaks for that guest, whatever it says of itself", async () => {
    const web1 = guest("web1");
    const db1 = guest("db1");
    const odd = agent({ token: tokenOf("db1") });
    await odd.begin({ bootId: "web1", agentVersion: "web1" });
    odd.report();
    await until(() => reports["db1"]?.length === 1);
    expect(reports["web1"]).toEqual([]);
    expect([web1.facts().connected, db1.facts().connected]).toEqual([false, true]);
  });

  test("either of two valid tokens is accepted, and closed once its token is revoked", async () => {
    guest("web1");
    const first = agent();
    await first.begin();
    scene.server.setTokens([entry("web1", "next")]);
    expect(await first.closed()).toBe(CLOSE_CODES.revoked);
    await until(() => toldOf("web1").some((line) => /token was revoked/.test(line)));
    expect(await agent().refusal()).toBe(401);
    await agent({ token: tokenOf("next") }).begin();
  });
});

describe("a connection that leads nowhere", () => {
  test("without TLS is named", async () => {
    guest("web1");
    raw().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => refused.length === 1);
    expect(refused[0]).toMatch(/no TLS connection came about: does the agent use wss:\/\//);
  });

  test("with a certificate that the agent does not trust is named", async () => {
    guest("web1");
    const stranger = agent({ ca: new TestAuthority(tempFolder()).ca });
    expect(await stranger.refusal()).toBe(0);
    await until(() => refused.some((line) => /does it trust the certificate/.test(line)));
  });

  test("that says nothing is cut after five seconds", async () => {
    const socket = raw();
    await once(socket, "connect");
    await until(() => timers.delays.includes(HANDSHAKE_LIMIT_MS));
    timers.advance(HANDSHAKE_LIMIT_MS);
    await once(socket, "close");
    expect(refused[0]).toMatch(/did not finish its opening handshake in time/);
  });

  test("that requests a page gets none", async () => {
    await open(false);
    const answer = await fetch(`http://127.0.0.1:${scene.port}/`);
    expect(answer.status).toBe(426);
    expect(refused[0]).toMatch(/did not request a WebSocket connection/);
  });

  test("with a token but without a Hello is closed", async () => {
    guest("web1");
    const mute = agent();
    await mute.host();
    await until(() => timers.delays.includes(HELLO_LIMIT_MS));
    timers.advance(HELLO_LIMIT_MS);
    expect(await mute.closed()).toBe(CLOSE_CODES.policy);
  });
});

describe("an agent that sends", () => {
  test.each([
    [
      "a message above 64 KiB",
      (odd: FakeWebSocketAgent) => odd.replay(Buffer.alloc(65_537)),
      CLOSE_CODES.tooLarge,
      /a message above 64 KiB/,
    ],
    [
      "text",
      (odd: FakeWebSocketAgent) => odd.socket.send("hello"),
      CLOSE_CODES.unsupported,
      /sent text instead of envelopes/,
    ],
    [
      "a message in a thousand pieces",
      (odd: FakeWebSocketAgent) => {
        for (let piece = 0; piece < 1_000; piece++) odd.socket.send(Buffer.alloc(1), { fin: piece === 999 });
      },
      CLOSE_CODES.policy,
      /too many pieces/,
    ],
  ])("%s is closed with a line, and others are served", async (_, misbehave, code, line) => {
    guest("web1");
    guest("db1");
    const other = agent({ token: tokenOf("db1") });
    await other.begin();
    const odd = agent();
    await odd.begin();
    misbehave(odd);
    expect(await odd.closed()).toBe(code);
    await until(() => toldOf("web1").some((told) => line.test(told)));
    await expectServed(other);
  });

  test("half a message and stops is cut at the second heartbeat", async () => {
    await open(false);
    guest("web1");
    const half = agent();
    await half.begin();
    const carrier = Reflect.get(half.socket, "_socket") as Socket;
    half.socket.pause();
    carrier.write(Uint8Array.of(0x82, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 5));
    timers.advance(HEARTBEAT_MS);
    timers.advance(HEARTBEAT_MS);
    await until(() => toldOf("web1").some((line) => /did not answer a ping for 15 s/.test(line)));
  });

  test("bytes that are no WebSocket after the handshake is named", async () => {
    await open(false);
    guest("web1");
    const odd = agent();
    await odd.begin();
    (Reflect.get(odd.socket, "_socket") as Socket).write("GET / HTTP/1.1\r\n\r\n");
    await until(() => toldOf("web1").some((line) => /is no WebSocket \(WS_ERR_/.test(line)));
  });

  test("pings without end is closed with a line", async () => {
    guest("web1");
    const odd = agent();
    await odd.begin();
    for (let sent = 0; sent < 1_000; sent++) odd.socket.ping();
    await odd.closed();
    await until(() => toldOf("web1").some((line) => /too many pings/.test(line)));
  });
});

describe("a second agent for the same guest", () => {
  test("takes over with its Hello: the first gets a Goodbye and is closed, and one line is logged", async () => {
    const channel = guest("web1");
    const first = agent();
    await first.begin();
    const second = agent({ token: tokenOf("next") });
    await second.host();
    first.report();
    await until(() => reports["web1"]?.length === 1);
    await second.begin();
    expect(await first.hears("goodbye")).toMatchObject({ reason: "superseded" });
    expect(await first.closed()).toBe(CLOSE_CODES.superseded);
    second.report();
    await until(() => reports["web1"]?.length === 2);
    expect(toldOf("web1").filter((line) => /took over from/.test(line))).toHaveLength(1);
    expect(channel.facts()).toMatchObject({ connected: true, transport: "websocket" });
    expect(channel.facts().problem).toBeUndefined();
  });

  test("of an unsupported version does not replace the current one", async () => {
    const channel = guest("web1");
    const first = agent();
    await first.begin();
    const second = agent({ token: tokenOf("next") });
    await second.host();
    second.hello({ minVersion: 7, maxVersion: 7 });
    expect(await second.hears("goodbye")).toMatchObject({ reason: "version" });
    await expectServed(first, "web1");
    expect(channel.facts().connected).toBe(true);
  });

  test("that connects over and over is turned away, and the first goes on", async () => {
    guest("web1");
    const first = agent();
    await first.begin();
    const statuses = new Set<number>();
    for (let attempt = 0; attempt < 12; attempt++) {
      const again = agent();
      await Promise.race([again.host(), again.refusal().then((status) => statuses.add(status))]).catch(
        () => {},
      );
    }
    await until(() => statuses.has(429));
    expect(refused[0]).toMatch(/the agent of "web1" connects too often/);
    await expectServed(first, "web1");
  });
});

describe("a guest with a session over virtio-serial", () => {
  test("gets a Goodbye over WebSocket, with one line for the admin, and is used there when virtio-serial is gone", async () => {
    let virtioLives = true;
    const channel = guest("web1", () => !virtioLives);
    const second = agent();
    await second.host();
    second.hello();
    expect(await second.hears("goodbye")).toMatchObject({ reason: "other-channel" });
    timers.advance(5_000);
    second.hello();
    await second.hears("goodbye");
    expect(toldOf("web1")).toEqual([
      "an agent at 127.0.0.1 is not heard over WebSocket: the guest is heard over virtio-serial",
    ]);
    expect(channel.facts().connected).toBe(false);
    virtioLives = false;
    await second.begin();
    await expectServed(second, "web1");
    channel.yield();
    expect(await second.hears("goodbye")).toMatchObject({ reason: "other-channel" });
    timers.advance(2_000);
    second.report();
    expect(await second.hears("goodbye")).toMatchObject({ reason: "unknown-session" });
    expect(reports["web1"]).toHaveLength(1);
    expect(second.connected).toBe(true);
  });
});

describe("an agent of the first release", () => {
  /** The opening request and the Hello as that release sends them (the Hello is the recorded one); the file never changes. */
  const opening = readFileSync(new URL("../../../fixtures/wire/websocket-v1/opening.bin", import.meta.url));

  test("is admitted and welcomed again and again", async () => {
    await open(false);
    const channel = guest("web1");
    const token = "recorded-token-of-the-first-release-0000000";
    scene.server.setTokens([{ guest: "web1", sha256: createHash("sha256").update(token).digest("hex") }]);
    const socket = raw();
    let answer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
    });
    socket.write(opening);
    await until(() => channel.facts().connected);
    const bodyAt = () => answer.indexOf("\r\n\r\n") + 4;
    await until(() => bodyAt() > 4 && answer.length > bodyAt() + 2);
    const head = answer.toString("latin1", 0, bodyAt());
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toContain("Sec-WebSocket-Accept: ");
    expect(head).toContain("Sec-WebSocket-Protocol: ballast.guest.v1");
    expect(head).not.toContain("Sec-WebSocket-Extensions");
    // One whole binary message, short and not masked (RFC 6455, 5.2).
    expect([answer[bodyAt()], answer.length - bodyAt() - 2]).toEqual([0x82, answer[bodyAt() + 1]]);
    const welcome = decodeEnvelope(answer.subarray(bodyAt() + 2));
    expect(welcome).toMatchObject({ ok: true, envelope: { message: { type: "welcome", version: 1 } } });
  });
});

describe("a listener", () => {
  test("that cannot be had says why", async () => {
    const options = { host: "127.0.0.1", tls: undefined, tuning: {}, staleAfterMs: 1, onRefused: () => {} };
    const clock = { nowMs: () => 0, wallMs: () => 0 };
    await expect(listenForAgents({ ...options, port: scene.port, clock })).rejects.toThrow(
      /cannot listen for agents on 127\.0\.0\.1:\d+: another program listens there/,
    );
  });

  test("takes a renewed certificate for connections to come", async () => {
    guest("web1");
    const renewed = testAuthority().issue("renewed");
    scene.server.setTls(pemOf(renewed));
    const late = agent();
    await late.host();
    const carrier = Reflect.get(late.socket, "_socket") as {
      getPeerCertificate(): { fingerprint256: string };
    };
    expect(`sha256:${carrier.getPeerCertificate().fingerprint256}`).toBe(renewed.fingerprint);
  });
});
