/** The real agent of the last release with the real broker of this one, and the reverse, as processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeEnvelope, type Envelope, FrameReader, type Message } from "@ballast/proto";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { changeTokens } from "../../../host/src/config/tokens/token-store.ts";
import type { GuestStatus } from "../../../host/src/model/status.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { FakeQemu } from "../../fakes/fake-qemu.ts";
import { programOf, releasesWith } from "../../fakes/kept-releases.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { relay } from "../../fakes/socket-relay.ts";
import { type BrokerOptions, TestBroker } from "../../testbed/broker.ts";
import { freePort } from "../../testbed/free-port.ts";

const MIB = 1024 * 1024;
const PACKAGING_MS = 120_000;
const PATIENCE = { timeout: 30_000, interval: 20 };
const PROC = fileURLToPath(new URL("../../fixtures/proc/6.1-squeezed", import.meta.url));
/** The guest that the recorded kernel files are of, and its size after its balloon. */
const FULL_BYTES = 512 * MIB;
const SQUEEZED_BYTES = 200 * MIB;
/** Less the 112,268 KiB that the recorded kernel calls available. */
const USED_BYTES = SQUEEZED_BYTES - 112_268 * 1024;
const TOKEN = "token-of-web1-".padEnd(43, "x");

interface Pair {
  readonly title: string;
  /** Releases; absent: this one. */
  readonly agent?: string;
  readonly broker?: string;
}

const PAIRS: Pair[] = releasesWith("agent.mjs.gz").flatMap((release) => [
  { title: `the agent of ${release} with this broker`, agent: release },
  { title: `this agent with the broker of ${release}`, broker: release },
]);

beforeAll(() => packagedAgent(), PACKAGING_MS);
vi.setConfig({ testTimeout: 90_000 });

/** A broker with one squeezed guest behind a fake monitor. */
async function startBroker(
  { broker: release }: Pick<Pair, "broker">,
  folder: string,
  options: Partial<BrokerOptions>,
) {
  const guest = { name: "web1", qmpPath: join(folder, "qmp"), agentPath: join(folder, "host.sock") };
  const qemu = await FakeQemu.start({ path: guest.qmpPath, memoryBytes: FULL_BYTES });
  onTestFinished(() => qemu.close());
  const main = release === undefined ? {} : { main: programOf(release, "ballastd", folder) };
  const broker = await TestBroker.start({
    ...{ folder, guests: [guest], budgetMib: 8192, ...main, ...options },
    tuning: { bootProtect: "1ms", tick: "100ms", staleAfter: "2s" },
  });
  onTestFinished(() => broker.stop());
  await broker.until("web1", "known", ({ actualBytes }) => actualBytes !== undefined, PATIENCE.timeout);
  await broker.squeeze("web1", SQUEEZED_BYTES, PATIENCE.timeout);
  return broker;
}

/** An agent that looks at recorded kernel files. */
async function startAgent({ agent: release }: Pick<Pair, "agent">, folder: string, words: readonly string[]) {
  const root = join(folder, "guest");
  cpSync(PROC, root, { recursive: true });
  const command =
    release === undefined ? [await packagedAgent()] : [process.execPath, programOf(release, "agent", folder)];
  const roots = ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
  const [program = "", ...first] = command;
  const child: ChildProcess = spawn(program, [...first, "run", ...words, ...roots], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    /** Its guest has but 16 MiB left. */
    makeScarce: () =>
      writeFileSync(
        join(root, "proc/meminfo"),
        "MemTotal: 160768 kB\nMemFree: 16384 kB\nMemAvailable: 16384 kB\nActive(file): 0 kB\nInactive(file): 0 kB\n",
      ),
  };
}

const isHeard = ({ agent, usedBytes }: GuestStatus) => agent.connected && usedBytes === USED_BYTES;
const isGone = ({ agent }: GuestStatus) => !agent.connected;

function untilDemanded(broker: TestBroker) {
  const find = async () => (await broker.events()).find(({ kind }) => kind === "demand");
  return vi.waitUntil(find, PATIENCE);
}

function envelopes(chunks: readonly Uint8Array[]): Envelope<Message>[] {
  return new FrameReader().push(Buffer.concat(chunks)).map((event) => {
    const decoded = event.type === "frame" ? decodeEnvelope(event.payload) : undefined;
    if (!decoded?.ok || decoded.envelope.message.type === "unknown") throw new Error("not a frame of ours");
    return decoded.envelope as Envelope<Message>;
  });
}

const typesOf = (list: readonly Envelope<Message>[]) => new Set(list.map(({ message }) => message.type));

describe.each(PAIRS)("$title", (pair) => {
  it("over the port: reports, demands, hears the answer and says goodbye in one session", async () => {
    const folder = socketFolder();
    const guestPath = join(folder, "guest.sock");
    const said = await relay(guestPath, join(folder, "host.sock"));
    const broker = await startBroker(pair, folder, {});
    const agent = await startAgent(pair, folder, ["--channel", `unix:${guestPath}`]);
    await broker.until("web1", "heard", isHeard, PATIENCE.timeout);
    agent.makeScarce();
    await untilDemanded(broker);
    await vi.waitUntil(() => typesOf(envelopes(said.host)).has("demand-reply"), PATIENCE);
    agent.child.kill("SIGTERM");
    await broker.until("web1", "gone", isGone, PATIENCE.timeout);
    const [fromAgent, fromHost] = [envelopes(said.guest), envelopes(said.host)];
    expect(typesOf(fromAgent)).toEqual(new Set(["hello", "report", "demand", "goodbye"]));
    expect(typesOf(fromHost)).toEqual(new Set(["welcome", "ack", "demand-reply"]));
    const sessions = new Set([...fromAgent, ...fromHost].map(({ session }) => session ?? ""));
    sessions.delete("");
    expect(sessions.size).toBe(1);
  });

  it("over WebSocket: reports, comes back after the broker was away, and demands", async () => {
    const folder = socketFolder();
    const [port, tokensPath] = [await freePort(), join(folder, "tokens.yaml")];
    await changeTokens(tokensPath, () => [
      { guest: "web1", sha256: createHash("sha256").update(TOKEN).digest("hex") },
    ]);
    writeFileSync(join(folder, "token"), TOKEN, { mode: 0o600 });
    const broker = await startBroker(pair, folder, { websocket: { port, tokensPath } });
    const url = ["--url", `ws://127.0.0.1:${port}`, "--token-file", join(folder, "token")];
    const agent = await startAgent(pair, folder, ["--channel", "none", ...url]);
    const heard = await broker.until("web1", "heard", isHeard, PATIENCE.timeout);
    expect(heard.agent.transport).toBe("websocket");
    await broker.kill();
    await broker.restart();
    await broker.until("web1", "heard again", isHeard, PATIENCE.timeout);
    agent.makeScarce();
    await untilDemanded(broker);
  });
});

describe.each(releasesWith("ballastd.mjs.gz"))("a broker that takes over from one of %s", (release) => {
  it("goes on with its manual target, and the older one with that of the newer", async () => {
    const folder = socketFolder();
    const brokers = [await startBroker({ broker: release }, folder, {})];
    await brokers[0]?.kill();
    for (const main of [undefined, programOf(release, "ballastd", folder)]) {
      const guests = [{ name: "web1", qmpPath: join(folder, "qmp") }];
      const next = await TestBroker.start({ folder, guests, budgetMib: 8192, ...(main && { main }) });
      onTestFinished(() => next.stop());
      const isHeld = ({ state, actualBytes }: GuestStatus) =>
        state === "held" && actualBytes === SQUEEZED_BYTES;
      await next.until("web1", "held", isHeld, PATIENCE.timeout);
      await next.kill();
    }
  });
});
