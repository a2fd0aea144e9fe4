/** A thousand agents that all come back at once from behind one address, while silent connections from sixteen others take every place they get. */
import { createHash } from "node:crypto";
import { SUBPROTOCOL } from "@ballast/proto";
import { expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { backoffMs } from "../../../../guest/src/link/backoff.ts";
import { type AgentServer, listenForAgents } from "../../../../host/src/agents/websocket/agent-server.ts";
import { keepCrowd } from "../../../fakes/crowd-connections.ts";

const AGENTS = 1_000;
/** The listener's clock and the agents' waits run this many times as fast, so that the rate of one address takes seconds here. */
const SPEED = 10;
const PATIENCE = { timeout: 60_000, interval: 20 };

const tokenOf = (guest: string) => `token-of-${guest}-`.padEnd(43, "x");
const guests = Array.from({ length: AGENTS }, (_, index) => `guest${index}`);

async function listen(): Promise<AgentServer> {
  const server = await listenForAgents({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    clock: { nowMs: () => performance.now() * SPEED, wallMs: () => 0 },
    tuning: {},
    staleAfterMs: 3_600_000,
    onRefused: () => {},
  });
  server.setTokens(
    guests.map((guest) => ({ guest, sha256: createHash("sha256").update(tokenOf(guest)).digest("hex") })),
  );
  const listener = {
    onReport: () => {},
    onDemand: () => {},
    onSession: () => {},
    onBoot: () => {},
    fullBytes: () => undefined,
    uncountedBytes: () => 0,
    onSizeDoubted: () => {},
  };
  const channels = guests.map((guest) => server.channel(guest, listener, () => true));
  onTestFinished(async () => {
    await Promise.all(channels.map((channel) => channel.close()));
    await server.close();
  });
  return server;
}

/** Dials with a valid token until the host takes it, with the waits of a real agent. */
function dial(port: number, guest: string, onOpen: () => void, failures = 0): void {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL], {
    headers: { authorization: `Bearer ${tokenOf(guest)}` },
    perMessageDeflate: false,
  });
  let isOpen = false;
  socket.once("open", () => {
    isOpen = true;
    onOpen();
  });
  socket.on("error", () => {});
  socket.once("close", () => {
    if (isOpen) return;
    const waitMs = (backoffMs(failures + 1, 500, 60_000) * (1 - Math.random() / 2)) / SPEED;
    setTimeout(() => dial(port, guest, onOpen, failures + 1), waitMs);
  });
  onTestFinished(() => socket.terminate());
}

it("a thousand agents behind one address all get in beside silent connections from sixteen others", {
  timeout: 90_000,
}, async () => {
  const { port } = await listen();
  keepCrowd({ manner: "silent", port, addresses: 16, perAddress: 16 });
  let opened = 0;
  for (const guest of guests)
    dial(port, guest, () => {
      opened++;
    });
  await vi.waitUntil(() => opened === AGENTS, PATIENCE);
  expect(opened).toBe(AGENTS);
});
