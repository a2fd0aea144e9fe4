/** Benchmark: from a demand's arrival to the balloon command's last byte, and the whole loop on a real guest. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgentChannel } from "../../host/src/agents/virtio-channel.ts";
import { Broker } from "../../host/src/broker/broker.ts";
import { DECISIONS_PER_SECOND } from "../../host/src/broker/demand-handler.ts";
import { EventLog } from "../../host/src/broker/event-log.ts";
import { createHostReader } from "../../host/src/kernel/host-reader.ts";
import { createProcessMemoryReader } from "../../host/src/kernel/qemu-process.ts";
import type { Clock, GuestMonitor, Log, ProcessMemoryReader } from "../../host/src/model/adapters.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { DEFAULT_TUNING, type PolicySettings } from "../../host/src/model/settings.ts";
import { createGuestMonitor } from "../../host/src/qemu/guest-monitor.ts";
import { bootGuest } from "../testbed/boot.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";
import { AgentPeer } from "./agent-peer.ts";
import { besideTable, besideVirsh } from "./beside-virsh.ts";
import { commandLatency } from "./command-latency.ts";
import { figure, markdownTable, quantile } from "./figures.ts";
import { libvirtLatency } from "./libvirt-latency.ts";
import { burst, letGo, squeezeTo } from "./squeeze.ts";

const DEMANDS = 1_000;
const LOW_BYTES = 200 * MIB;
const FULL_BYTES = 512 * MIB;
/** Each demand asks for a little more, so that each leads to a command; then the balloon is taken down again. */
const STEP_BYTES = MIB;
/** With more, the budget less its reserve would be used up: those beyond are refused. */
const DEMANDS_A_ROUND = 42;
const MAX_ROUNDS = 30;
/** What comes faster is not decided at once. */
const PAUSE_MS = 1_100 / DECISIONS_PER_SECOND;
const LOOPS = 10;
const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const CLOCK: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };

/** Strict books and a budget just above the low size: a demand gets what it asks and nothing is given back unasked. */
const POLICY: PolicySettings = {
  mode: "act",
  budget: { kind: "bytes", bytes: 310 * MIB },
  reserve: { kind: "bytes", bytes: 64 * MIB },
  accounting: "strict",
  onAgentLoss: "hold",
  tuning: { ...DEFAULT_TUNING, holdAfterDemandMs: 3_000, bootProtectMs: 0, holdAfterTurnMs: 0 },
};

/** Prints both figures; 0 when they could be measured. */
export async function benchLatency(_args: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:latency needs real guests; ${reason}\n`);
    return 1;
  }
  const commands = await commandLatency();
  const libvirt = await libvirtLatency();
  const host = await hostSide();
  const beside = await besideVirsh();
  const loops = await wholeLoop();
  const row = (what: string, values: readonly number[]) => [
    what,
    String(values.length),
    figure(quantile(values, 0.5), 2, " ms"),
    figure(quantile(values, 0.99), 2, " ms"),
    figure(Math.max(...values), 2, " ms"),
  ];
  const rows = [
    row("demand frame sent to the broker -> last byte of QMP `balloon` written", host),
    row("balloon command -> its last byte written, own monitor", commands.own),
    row("the same, monitor lent, nobody else on it", commands.lease),
    row("the same, monitor lent, Proxmox's tools on all of 20 guests", commands.shared),
    ...(libvirt === undefined ? [] : [row("balloon command -> libvirt's answer, 8 domains", libvirt)]),
    row("agent in the guest sees the need -> guest has more memory", loops),
  ];
  process.stdout.write(`${markdownTable(["what", "runs", "p50", "p99", "worst"], rows)}\n`);
  if (beside !== undefined) process.stdout.write(`\n${besideTable(beside)}\n`);
  return host.length >= DEMANDS && loops.length > 0 ? 0 : 1;
}

/** The broker in this process, between a scripted agent and a real guest's QEMU; times in milliseconds. */
async function hostSide(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "bl-"));
  const guest = await bootGuest({ name: "qemu", folder, agent: false });
  const agentPath = join(folder, "peer.sock");
  const peer = await AgentPeer.listen(agentPath, FULL_BYTES);
  const times: number[] = [];
  let sentAtMs: number | undefined;
  const processMemory = createProcessMemoryReader({ clock: CLOCK });
  const broker = brokerFor(guest, agentPath, processMemory, () => {
    if (sentAtMs !== undefined) times.push(performance.now() - sentAtMs);
    sentAtMs = undefined;
  });
  try {
    await broker.start([entryFor(guest, agentPath)]);
    for (let round = 0; times.length < DEMANDS && round < MAX_ROUNDS; round++) {
      await takeDown(broker, guest, peer);
      process.stderr.write(`${times.length} of ${DEMANDS} demands\n`);
      for (let i = 0; i < DEMANDS_A_ROUND; i++) {
        sentAtMs = performance.now();
        peer.demand((i + 2) * STEP_BYTES);
        await sleep(PAUSE_MS);
      }
      sentAtMs = undefined;
    }
    return times;
  } finally {
    await broker.stop();
    await processMemory.close();
    peer.close();
    await guest.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function entryFor(guest: TestGuest, agentPath: string) {
  return {
    name: guest.name,
    source: "static",
    qmpPath: guest.qmpPath,
    agentPath,
    min: { kind: "bytes", bytes: 128 * MIB },
    max: { kind: "auto" },
    shares: 1000,
  } as const;
}

/** A broker as `main` wires it, but for the moment at which a command was written. */
function brokerFor(
  guest: TestGuest,
  agentPath: string,
  processMemory: ProcessMemoryReader,
  onWritten: () => void,
): Broker {
  const clock = CLOCK;
  const common = { clock, log: QUIET };
  return new Broker(
    {
      clock,
      host: createHostReader(),
      processMemory,
      socketClients: { of: async () => [] },
      manualTargets: { load: () => ({}), save: () => {} },
      guestModes: { load: () => ({}), save: () => {} },
      monitor: (_entry, listener): GuestMonitor => {
        const machine = createGuestMonitor({ ...common, name: guest.name, qmpPath: guest.qmpPath, listener });
        return {
          observe: () => machine.observe(),
          setTarget: (bytes) => machine.setTarget(bytes, { onWritten }),
          setMerging: (on) => machine.setMerging(on),
          close: () => machine.close(),
        };
      },
      agent: (_entry, listener) =>
        createAgentChannel({
          ...common,
          path: agentPath,
          guestName: guest.name,
          listener,
          tuning: {},
          staleAfterMs: 60_000,
        }),
    },
    new EventLog(clock, QUIET),
    { policy: POLICY, tickMs: 200, onStop: "hold" },
  );
}

async function takeDown(broker: Broker, guest: TestGuest, peer: AgentPeer): Promise<void> {
  const record = broker.record(guest.name);
  const isKnown = () => record?.limits() !== undefined && record.boot.report !== undefined;
  await waitFor("the broker to know the guest", isKnown, { timeoutMs: 30_000 });
  if (record !== undefined) broker.setManualTarget(record, LOW_BYTES, undefined);
  const isDown = async () => {
    peer.actualBytes = await guest.balloonActual();
    return peer.actualBytes <= LOW_BYTES + MIB && record?.balloon.targetBytes === LOW_BYTES;
  };
  await waitFor("the balloon to be down", isDown, { timeoutMs: 60_000 });
  // A demand is judged by the last report: one of the larger guest would make the first demand bring all back.
  const isReported = () => record?.boot.report?.totalBytes === peer.actualBytes;
  await waitFor("a report of it", isReported, { timeoutMs: 30_000 });
  record?.setManual(undefined);
}

/** Round trips that the agent itself measured in a bursting guest, in milliseconds. */
export async function wholeLoop(): Promise<number[]> {
  const tuning = { holdAfterDemand: "1s", bootProtect: "1s" };
  const scene = await Scene.open({ guests: [{ name: "g1" }], broker: { budgetMib: 4096, tuning } });
  const times: number[] = [];
  try {
    for (let i = 0; i < LOOPS; i++) {
      await letGo(scene.broker, "g1");
      await squeezeTo(scene.broker, "g1", LOW_BYTES);
      await burst(scene.guest("g1"), 0);
      await sleep(2_500);
      const roundTripMs = await scene.broker.roundTripMs("g1");
      if (roundTripMs !== undefined) times.push(roundTripMs);
    }
    return times;
  } finally {
    await scene.close();
  }
}
