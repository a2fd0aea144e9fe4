/** Benchmark: how soon an honest agent is heard again, and how soon a demand is answered, while a crowd takes up a real broker's listeners. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { MIB } from "../../host/src/model/bytes.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import { issueToken } from "../testbed/agent-token.ts";
import { TestBroker } from "../testbed/broker.ts";
import type { Crowd, Manner } from "../testbed/crowd.ts";
import { freePort } from "../testbed/free-port.ts";
import { AgentPeer } from "./agent-peer.ts";
import { figure, markdownTable, quantile } from "./figures.ts";
import { WebSocketAgent } from "./websocket-agent.ts";

const GUEST_BYTES = 512 * MIB;
/** Guests that only fill the status and the metrics. */
const MORE_GUESTS = 50;
const RUNS = 10;
/** Longer than a token's share of connections, one in two seconds. */
const BETWEEN_RUNS_MS = 2_100;
const BETWEEN_DEMANDS_MS = 200;
const WARM_UP_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
const ADDRESSES = 64;
/** What each is called, what it does, and how many connections an address has. */
const CROWDS: readonly (readonly [string, Manner, number])[] = [
  ["silent connections, 16 each", "silent", 16],
  ["plain text on the TLS port", "plain text where TLS is spoken", 1],
  ["TLS, then a header byte by byte, 16 each", "a header that never ends, over TLS", 16],
  ["TLS, then a wrong token", "a wrong token, over TLS", 1],
  ["reads of `/metrics` on `control.http`", "reads of /metrics", 1],
];

interface Scene {
  readonly broker: TestBroker;
  readonly channel: WebSocketAgent;
  readonly peer: AgentPeer;
  readonly websocketPort: number;
  readonly httpPort: number;
  close(): Promise<void>;
}

/** Prints a row for each crowd. */
export async function benchCrowd(): Promise<number> {
  const scene = await openScene();
  const rows = [await row(scene, "nobody", undefined)];
  try {
    for (const [name, manner, perAddress] of CROWDS) {
      const port = manner === "reads of /metrics" ? scene.httpPort : scene.websocketPort;
      rows.push(await row(scene, name, { manner, port, addresses: ADDRESSES, perAddress }));
    }
  } finally {
    await scene.close();
  }
  const head = [
    `from ${ADDRESSES} addresses`,
    "agent heard again p50",
    "worst",
    "demand answered p50",
    "p99",
    "worst",
  ];
  process.stdout.write(`${markdownTable(head, rows)}\n`);
  return 0;
}

async function row(scene: Scene, name: string, crowd: Crowd | undefined): Promise<string[]> {
  const worker = crowd && new Worker(new URL("./crowd-worker.ts", import.meta.url), { workerData: crowd });
  await sleep(WARM_UP_MS);
  const measured = new AbortController();
  const demands = demandsUntil(scene.peer, measured.signal);
  const returns: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    returns.push(await scene.channel.comeBack());
    await sleep(BETWEEN_RUNS_MS);
  }
  measured.abort();
  const answers = await demands;
  await worker?.terminate();
  return [
    name,
    figure(quantile(returns, 0.5), 0, " ms"),
    figure(Math.max(...returns), 0, " ms"),
    figure(quantile(answers, 0.5), 1, " ms"),
    figure(quantile(answers, 0.99), 1, " ms"),
    figure(Math.max(...answers), 1, " ms"),
  ];
}

/** From each demand to its answer. */
async function demandsUntil(peer: AgentPeer, ended: AbortSignal): Promise<number[]> {
  const took: number[] = [];
  while (!ended.aborted) {
    const begin = performance.now();
    const answered = new Promise<void>((resolve) => {
      peer.onAnswer = () => resolve();
    });
    peer.demand(MIB);
    await answered;
    took.push(performance.now() - begin);
    await sleep(BETWEEN_DEMANDS_MS);
  }
  return took;
}

async function openScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "bc-"));
  const authority = new TestAuthority(folder);
  const [websocketPort, httpPort] = [await freePort(), await freePort()];
  const names = ["near", "far", ...Array.from({ length: MORE_GUESTS }, (_, index) => `more${index}`)];
  const guests = names.map((name) => ({ name, qmpPath: join(folder, `${name}.qmp`) }));
  const qemus = await Promise.all(
    guests.map(({ qmpPath }) => FakeQemu.start({ path: qmpPath, memoryBytes: GUEST_BYTES })),
  );
  const agentPath = join(folder, "near.agent");
  const peer = await AgentPeer.listen(agentPath, GUEST_BYTES);
  const tokensPath = join(folder, "tokens.yaml");
  const tokenFile = join(folder, "far.token");
  writeFileSync(tokenFile, issueToken(tokensPath, "far"), { mode: 0o600 });
  const [near, ...others] = guests;
  const broker = await TestBroker.start({
    ...{
      folder,
      guests: [{ ...near, name: "near", qmpPath: join(folder, "near.qmp"), agentPath }, ...others],
    },
    ...{ budgetMib: 65_536, http: `127.0.0.1:${httpPort}` },
    websocket: { port: websocketPort, tls: authority.issue("host"), tokensPath },
  });
  const channel = new WebSocketAgent(`wss://127.0.0.1:${websocketPort}`, tokenFile, authority.caPath);
  await channel.comeBack();
  await broker.until("near", "heard", ({ agent }) => agent.connected, LONGEST_WAIT_MS);
  const close = async () => {
    channel.close();
    peer.close();
    await broker.stop();
    await Promise.all(qemus.map((qemu) => qemu.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  return { broker, channel, peer, websocketPort, httpPort, close };
}
