/** Sessions of every release, as both ends really spoke, go on being understood by the other end of today. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { AgentSessionMachine } from "../../guest/src/session/session-machine.ts";
import { createAgentChannel } from "../../host/src/agents/virtio-channel.ts";
import type { GuestDemand, GuestReport } from "../../host/src/model/guest.ts";
import { decodeEnvelope, type Envelope, FrameReader, type Message } from "../../proto/src/index.ts";
import { socketFolder } from "../fakes/socket-folder.ts";

const FOLDER = new URL("../fixtures/wire/v1/sessions/", import.meta.url);
const PATIENCE = { timeout: 10_000, interval: 2 };
const releases = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".agent.bin"))
  .map((file) => file.replace(/\.agent\.bin$/, ""));

function recorded(release: string, side: "agent" | "host"): Buffer {
  return readFileSync(new URL(`${release}.${side}.bin`, FOLDER));
}

function envelopes(bytes: Uint8Array): Envelope<Message>[] {
  return new FrameReader().push(bytes).map((event) => {
    const decoded = event.type === "frame" ? decodeEnvelope(event.payload) : undefined;
    if (!decoded?.ok || decoded.envelope.message.type === "unknown") throw new Error("not a frame of ours");
    return decoded.envelope as Envelope<Message>;
  });
}

const typesOf = (list: readonly Envelope<Message>[]) => list.map(({ message }) => message.type);

describe.each(releases)("a session of release %s", (release) => {
  const fromAgent = envelopes(recorded(release, "agent"));
  const fromHost = envelopes(recorded(release, "host"));

  test("is understood by the broker, from the agent's Hello to its goodbye", async () => {
    const path = join(socketFolder(), "agent");
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.write(recorded(release, "agent"));
    });
    server.listen(path);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const [reports, demands, lines]: [GuestReport[], GuestDemand[], string[]] = [[], [], []];
    const silent = () => {};
    const channel = createAgentChannel({
      path,
      guestName: "web1",
      clock: { nowMs: () => performance.now(), wallMs: () => 0 },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      tuning: {},
      staleAfterMs: 60_000,
      newSessionId: () => fromAgent.find(({ session }) => session !== undefined)?.session ?? "",
      listener: {
        fullBytes: () => undefined,
        uncountedBytes: () => 0,
        onSizeDoubted: () => {},
        onBoot: () => {},
        onReport: (report) => reports.push(report),
        onDemand: (demand) => demands.push(demand),
        onSession: (_, text) => lines.push(text),
      },
    });
    onTestFinished(() => channel.close());
    await vi.waitUntil(() => lines.some((line) => /stop|goodbye/.test(line)), PATIENCE);
    const said = (type: Message["type"]) =>
      fromAgent.flatMap(({ message }) => (message.type === type ? [message] : []));
    expect(reports).toMatchObject(said("report").map(({ type, ...figures }) => figures));
    // The rest of a demand is not for the policy.
    const calls = fromAgent.flatMap(({ message }) => (message.type === "demand" ? [message] : []));
    expect(demands).toMatchObject(calls.map(({ level, needBytes }) => ({ level, needBytes })));
    expect(lines).toHaveLength(2);
  });

  test("is understood by the agent, from the host's Welcome to its last message", () => {
    const welcome = fromHost.map(({ message }) => message).find((message) => message.type === "welcome");
    const machine = new AgentSessionMachine(() => welcome?.nonce ?? "");
    machine.tick(0, true);
    const effects = fromHost.flatMap((envelope) => machine.heard(envelope, 0));
    const understood = effects.map((effect) =>
      effect.type === "message" ? effect.message.type : effect.type,
    );
    expect(understood).toEqual(["opened", ...typesOf(fromHost).slice(1)]);
  });

  test("holds what a session is made of", () => {
    expect(new Set(typesOf(fromAgent))).toEqual(new Set(["hello", "report", "demand", "goodbye"]));
    expect(new Set(typesOf(fromHost))).toEqual(
      new Set(["welcome", "ack", "inflation-notice", "demand-reply", "tuning"]),
    );
  });
});

test("there is a recording of at least this release", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../guest/package.json", import.meta.url), "utf8"));
  expect(releases).toContain(version);
});
