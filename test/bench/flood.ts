/** Benchmark: the processor time that a host can make the agent spend by never ceasing to send, over each of its channels. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Message,
  SUBPROTOCOL,
} from "@ballast/proto";
import { WebSocketServer } from "ws";
import { packagedAgent } from "../bootstrap/agent.ts";
import { freePort } from "../testbed/free-port.ts";
import { waitFor } from "../testbed/wait.ts";
import { cpuNanosecondsOf, memoryOf } from "./agent/process-cost.ts";
import { Pty } from "./agent/pty.ts";
import { figure, markdownTable } from "./figures.ts";

const SESSION = "00000000000000a1";
const MIB = 1024 * 1024;
const WARM_UP_MS = 4000;
const MEASURED_MS = 12_000;
const NS_PER_MS = 1_000_000;
const CHUNK_BYTES = 16 * 1024;
/** A host may write no more than this ahead of what the agent's kernel has taken. */
const AHEAD_BYTES = 256 * 1024;

const ACK = encodeEnvelope({ session: SESSION, sequence: 1, message: { type: "ack", sequence: 1 } });
const STRANGE = encodeEnvelope({
  session: "00000000000000b2",
  sequence: 1,
  message: { type: "ack", sequence: 1 },
});
const TUNING = encodeEnvelope({
  session: SESSION,
  sequence: 1,
  message: { type: "tuning", heartbeatMs: 10_000 },
});

/** What the host repeats for ever: bytes of the channel, put together by `frames` to chunks. */
interface Flood {
  readonly name: string;
  readonly unit: Uint8Array;
}

const STREAM_FLOODS: readonly Flood[] = [
  { name: "nothing", unit: new Uint8Array() },
  { name: "acks of the session", unit: encodeFrame(ACK) },
  { name: "acks of another session", unit: encodeFrame(STRANGE) },
  { name: "tuning", unit: encodeFrame(TUNING) },
  { name: "empty frames", unit: encodeFrame(new Uint8Array()) },
  { name: "largest frames", unit: encodeFrame(new Uint8Array(65_536)) },
  { name: "noise", unit: new Uint8Array(1024).fill(0xf7) },
];

const WEBSOCKET_FLOODS: readonly Flood[] = [
  { name: "nothing", unit: new Uint8Array() },
  { name: "acks of the session", unit: webSocketFrame(2, ACK) },
  { name: "empty messages", unit: webSocketFrame(2, new Uint8Array()) },
  { name: "text", unit: webSocketFrame(1, Buffer.from("hello")) },
  { name: "pings", unit: webSocketFrame(9, new Uint8Array()) },
  { name: "pongs", unit: webSocketFrame(10, new Uint8Array()) },
];

/** One frame of RFC 6455, 5.2, from a server, of up to 125 bytes. */
function webSocketFrame(opcode: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x80 | opcode, payload.length), payload]);
}

interface Cost {
  readonly cpuPercent: number;
  readonly privateMib: number;
}

/** Prints a table; `BALLAST_BENCH_AGENT` names another executable than the one of these sources. */
export async function benchFlood(): Promise<number> {
  const program = process.env["BALLAST_BENCH_AGENT"] ?? (await packagedAgent());
  const rows: [string, string, Cost][] = [];
  for (const flood of STREAM_FLOODS) rows.push(["port", flood.name, await overPort(program, flood.unit)]);
  for (const flood of WEBSOCKET_FLOODS)
    rows.push(["WebSocket", flood.name, await overWebSocket(program, flood.unit)]);
  const cells = rows.map(([channel, name, { cpuPercent, privateMib }]) => [
    channel,
    name,
    `${figure(cpuPercent, 2)} %`,
    `${figure(privateMib, 1)} MiB`,
  ]);
  process.stdout.write(`${markdownTable(["channel", "the host repeats", "processor", "private"], cells)}\n`);
  return 0;
}

async function overPort(program: string, unit: Uint8Array): Promise<Cost> {
  const frames = new FrameReader();
  let welcomed = false;
  const pty = new Pty((bytes) => {
    for (const event of frames.push(bytes)) {
      if (event.type !== "frame") continue;
      const welcome = welcomeTo(event.payload);
      if (welcome === undefined) continue;
      pty.write(encodeFrame(welcome));
      welcomed = true;
    }
  });
  const child = spawn(program, ["run", "--channel", pty.path], { stdio: "ignore" });
  const flood = chunkOf(unit);
  let stopped = false;
  let rest = new Uint8Array();
  const pump = () => {
    if (stopped) return;
    if (welcomed && flood.length > 0) {
      if (rest.length === 0) rest = flood;
      rest = rest.subarray(pty.writeSome(rest));
    }
    setTimeout(pump, 1);
  };
  pump();
  try {
    await waitFor("the agent's Hello", () => welcomed, { timeoutMs: 20_000 });
    return await measure(child);
  } finally {
    stopped = true;
    child.kill("SIGKILL");
    pty.close();
  }
}

async function overWebSocket(program: string, unit: Uint8Array): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "bb-"));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "t".repeat(43), { mode: 0o600 });
  const port = await freePort();
  const flood = chunkOf(unit);
  let welcomed = false;
  let stopped = false;
  const upgrades = new WebSocketServer({ host: "127.0.0.1", port, handleProtocols: () => SUBPROTOCOL });
  upgrades.on("connection", (webSocket, { socket }) => {
    webSocket.on("error", () => {});
    webSocket.on("message", (data) => {
      const welcome = data instanceof Buffer ? welcomeTo(data) : undefined;
      if (welcome === undefined) return;
      webSocket.send(welcome);
      welcomed = true;
      const pump = () => {
        if (stopped || socket.destroyed || flood.length === 0) return;
        while (socket.writable && socket.writableLength < AHEAD_BYTES) socket.write(flood);
        setTimeout(pump, 1);
      };
      pump();
    });
  });
  const url = `ws://127.0.0.1:${port}`;
  const words = ["run", "--channel", "none", "--url", url, "--token-file", tokenFile];
  const child = spawn(program, words, { stdio: "ignore" });
  try {
    await waitFor("the agent's Hello", () => welcomed, { timeoutMs: 20_000 });
    return await measure(child);
  } finally {
    stopped = true;
    child.kill("SIGKILL");
    for (const client of upgrades.clients) client.terminate();
    upgrades.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function welcomeTo(untrustedEnvelope: Uint8Array): Uint8Array | undefined {
  const decoded = decodeEnvelope(untrustedEnvelope);
  if (!decoded.ok || decoded.envelope.message.type !== "hello") return undefined;
  const { nonce } = decoded.envelope.message;
  const message: Message = { type: "welcome", version: 1, session: SESSION, nonce };
  return encodeEnvelope({ sequence: 1, message });
}

function chunkOf(unit: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = unit.length === 0 ? 0 : Math.max(1, Math.floor(CHUNK_BYTES / unit.length));
  return new Uint8Array(Buffer.concat(Array.from({ length: count }, () => unit)));
}

async function measure(child: ChildProcess): Promise<Cost> {
  const pid = child.pid ?? 0;
  await sleep(WARM_UP_MS);
  const [beforeNs, beforeMs] = [cpuNanosecondsOf(pid), performance.now()];
  await sleep(MEASURED_MS);
  const cpuMs = (cpuNanosecondsOf(pid) - beforeNs) / NS_PER_MS;
  return {
    cpuPercent: (100 * cpuMs) / (performance.now() - beforeMs),
    privateMib: memoryOf(pid).privateBytes / MIB,
  };
}
