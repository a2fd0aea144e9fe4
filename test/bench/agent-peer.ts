/** Owns the guest's end of an agent channel in a benchmark: QEMU's side of the socket and an agent that says what it is told. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  type DemandReply,
  decodeEnvelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Message,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
} from "@ballast/proto";
import { MIB } from "../../host/src/model/bytes.ts";

const NONCE = "0000000000000001";
const REPORT_EVERY_MS = 1_000;
/** What the guest uses unless it is told otherwise. */
const USED_BYTES = 100 * MIB;

export class AgentPeer {
  /** Size that the reports speak of. */
  actualBytes: number;
  usedBytes = USED_BYTES;
  readonly #fullBytes: number;
  readonly #reportEveryMs: number;
  readonly #server: Server;
  readonly #reader = new FrameReader();
  #socket: Socket | undefined;
  #session: string | undefined;
  #sequence = 0;
  /** Called when the session stands, and with each answer to a demand. */
  onWelcome: () => void = () => {};
  onAnswer: (answer: DemandReply) => void = () => {};
  #reports: NodeJS.Timeout | undefined;

  private constructor(fullBytes: number, reportEveryMs: number) {
    this.#reportEveryMs = reportEveryMs;
    this.#fullBytes = fullBytes;
    this.actualBytes = fullBytes;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens where the broker will connect. */
  static async listen(path: string, fullBytes: number, reportEveryMs = REPORT_EVERY_MS): Promise<AgentPeer> {
    const peer = new AgentPeer(fullBytes, reportEveryMs);
    peer.#server.listen(path);
    await once(peer.#server, "listening");
    return peer;
  }

  /** Demands so much more than `actualBytes`; the sequence by which the answer names it. */
  demand(needBytes: number): number {
    const balloonBytes = this.#fullBytes - this.actualBytes;
    this.#send({ type: "demand", level: "critical", needBytes, balloonBytes });
    return this.#sequence;
  }

  /** Hangs up, as a QEMU that ends does; the broker connects anew. */
  hangUp(): void {
    clearInterval(this.#reports);
    this.#reports = undefined;
    this.#session = undefined;
    this.#sequence = 0;
    this.#socket?.destroy();
  }

  close(): void {
    clearInterval(this.#reports);
    this.#socket?.destroy();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      for (const event of this.#reader.push(chunk)) if (event.type === "frame") this.#heard(event.payload);
    });
    this.#send({
      type: "hello",
      minVersion: PROTOCOL_MIN,
      maxVersion: PROTOCOL_MAX,
      capabilities: ["balloon-size"],
      nonce: NONCE,
      bootId: "bench",
      os: "linux",
      agentVersion: "bench",
    });
  }

  #heard(untrustedPayload: Uint8Array): void {
    const decoded = decodeEnvelope(untrustedPayload);
    if (!decoded.ok) return;
    const { message } = decoded.envelope;
    if (message.type === "demand-reply") this.onAnswer(message);
    if (message.type !== "welcome") return;
    this.#session = message.session;
    this.onWelcome();
    this.#report();
    this.#reports ??= setInterval(() => this.#report(), this.#reportEveryMs);
  }

  #report(): void {
    this.#send({
      type: "report",
      sampledAtMs: Math.round(performance.now()) + 1_000_000,
      totalBytes: this.actualBytes,
      availableBytes: this.actualBytes - this.usedBytes,
      balloonBytes: this.#fullBytes - this.actualBytes,
      pressure: "none",
    });
  }

  #send(message: Message): void {
    const session = this.#session;
    const bytes = encodeEnvelope({
      sequence: ++this.#sequence,
      message,
      ...(session !== undefined && { session }),
    });
    this.#socket?.write(encodeFrame(bytes));
  }
}
