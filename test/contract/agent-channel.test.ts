/** Holds both transports to one contract. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { createAgentChannel } from "../../host/src/agents/virtio-channel.ts";
import { listenForAgents } from "../../host/src/agents/websocket/agent-server.ts";
import type { AgentLink, AgentListener } from "../../host/src/model/adapters.ts";
import type { GuestDemand, GuestReport } from "../../host/src/model/guest.ts";
import { FakeAgentPort } from "../fakes/fake-agent-port.ts";
import { FakeWebSocketAgent } from "../fakes/fake-websocket-agent.ts";
import { HandTimers } from "../fakes/hand-timers.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { describeAgentChannel } from "./agent-channel.contract.ts";

const MIB = 1024 * 1024;
const PATIENCE = { timeout: 10_000, interval: 2 };
const GUEST = "web1";
const TOKEN = "a-token-of-at-least-thirty-two-characters";
const SETTINGS = { tuning: { heartbeatMs: 3_000 }, staleAfterMs: 10_000 };
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** A listener that keeps what it is told, and answers every demand at once. */
function ears() {
  const heard = {
    boots: [] as string[],
    lines: [] as string[],
    reports: [] as GuestReport[],
    demands: [] as GuestDemand[],
  };
  let port: AgentLink | undefined;
  const listener: AgentListener = {
    fullBytes: () => undefined,
    uncountedBytes: () => 0,
    onSizeDoubted: () => {},
    onBoot: (bootId) => heard.boots.push(bootId),
    onReport: (report) => heard.reports.push(report),
    onDemand: (demand) => {
      heard.demands.push(demand);
      const grant = { grantedBytes: 64 * MIB, targetBytes: 264 * MIB };
      const answer = { outcome: "granted", reason: "demand", ...grant } as const;
      port?.send({ type: "demand-reply", demandSequence: demand.sequence, answer });
    },
    onSession: (_, text) => heard.lines.push(text),
  };
  return {
    heard,
    listener,
    of<Port extends AgentLink>(own: Port): Port {
      port = own;
      return own;
    },
  };
}

describeAgentChannel("virtio-serial", async () => {
  const path = join(socketFolder(), "agent");
  const timers = new HandTimers();
  const { heard, listener, of } = ears();
  const agent = await FakeAgentPort.listen(path);
  const clock = { nowMs: () => timers.nowMs(), wallMs: () => 0 };
  const channel = of(
    createAgentChannel({
      ...SETTINGS,
      path,
      guestName: GUEST,
      clock,
      timers,
      log,
      random: () => 0,
      listener,
    }),
  );
  onTestFinished(async () => {
    const closed = channel.close();
    timers.advance(1_000);
    await closed;
  });
  const reconnect = async () => {
    await vi.waitUntil(() => timers.delays.length > 0, PATIENCE);
    timers.advance(5_000);
    await agent.host();
  };
  return { transport: "virtio-serial", channel, agent, timers, ...heard, reconnect };
});

describeAgentChannel("WebSocket", async () => {
  const timers = new HandTimers();
  const { heard, listener, of } = ears();
  const clock = { nowMs: () => timers.nowMs(), wallMs: () => 0 };
  const gate = await listenForAgents({
    ...SETTINGS,
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    clock,
    timers,
    onRefused: (text) => heard.lines.push(text),
  });
  gate.setTokens([{ guest: GUEST, sha256: createHash("sha256").update(TOKEN).digest("hex") }]);
  const channel = of(gate.channel(GUEST, listener, () => true));
  onTestFinished(async () => {
    const closed = channel.close();
    timers.advance(2_000);
    await closed;
    await gate.close();
  });
  const agent = new FakeWebSocketAgent({ url: `ws://127.0.0.1:${gate.port}`, token: TOKEN });
  const reconnect = async () => {
    agent.again();
    await agent.host();
  };
  return { transport: "websocket", channel, agent, timers, ...heard, reconnect };
});
