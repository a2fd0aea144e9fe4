/** QEMU's chardev socket with a scripted guest behind it: one client is served at a time, others wait in silence. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Hello,
  type Message,
  type UnknownMessage,
} from "@ballast/proto";
import { onTestFinished, vi } from "vitest";

const MIB = 1024 * 1024;
const PATIENCE = { timeout: 10_000, interval: 2 };

export class FakeAgentPort {
  /** What the host sent, in order. */
  readonly received: (Message | UnknownMessage)[] = [];
  /** Session of the newest Welcome. */
  session: string | undefined;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #client: Socket | undefined;
  #sequence = 0;
  #nonce = 0;

  /** Listens on `path`; ends with the test. */
  static async listen(path: string): Promise<FakeAgentPort> {
    const port = new FakeAgentPort();
    port.#server.listen(path);
    await once(port.#server, "listening");
    onTestFinished(() => port.stop());
    return port;
  }

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      this.#waiting.push(socket);
      this.#serveNext();
    });
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Resolves when the host is there. */
  async host(): Promise<void> {
    await vi.waitUntil(() => this.connected, PATIENCE);
  }

  /** Resolves with the first message of this type that was not taken yet. */
  async hears<Type extends Message["type"]>(type: Type): Promise<Extract<Message, { type: Type }>> {
    return vi.waitUntil(() => {
      const index = this.received.findIndex((message) => message.type === type);
      if (index < 0) return undefined;
      const [message] = this.received.splice(index, 1);
      return message as Extract<Message, { type: Type }>;
    }, PATIENCE);
  }

  /** A new agent says Hello; the Welcome is waited for. */
  async begin(fields: Partial<Hello> = {}): Promise<void> {
    await this.host();
    this.hello(fields);
    await this.hears("welcome");
  }

  hello(fields: Partial<Hello> = {}): void {
    this.#sequence = 0;
    this.session = undefined;
    const nonce = (++this.#nonce).toString(16).padStart(16, "0");
    const known = { minVersion: 1, maxVersion: 1, capabilities: [], bootId: "boot-1", agentVersion: "0.1.0" };
    this.say({ type: "hello", nonce, ...known, ...fields });
  }

  report(availableBytes = 100 * MIB): void {
    this.say({ type: "report", sampledAtMs: this.#sequence, totalBytes: 480 * MIB, availableBytes });
  }

  /** Sends a demand and tells its sequence. */
  demand(needBytes: number): number {
    this.say({ type: "demand", level: "critical", needBytes });
    return this.#sequence;
  }

  say(message: Message): void {
    this.write(this.frame(message));
  }

  /** The next frame of the session, for sending it in pieces. */
  frame(message: Message): Uint8Array {
    return encodeFrame(encodeEnvelope({ session: this.session, sequence: ++this.#sequence, message }));
  }

  write(bytes: Uint8Array): void {
    this.#client?.write(bytes);
  }

  /** The guest does not read. */
  stopReading(): void {
    this.#client?.pause();
  }

  /** QEMU drops its client. */
  drop(): void {
    this.#client?.destroy();
  }

  /** QEMU ends, and its socket with it. */
  async stop(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    for (const socket of [...this.#waiting, this.#client]) socket?.destroy();
    await closed;
  }

  #serveNext(): void {
    if (this.#client !== undefined) return;
    const socket = this.#waiting.shift();
    if (socket === undefined) return;
    this.#client = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk) => {
      for (const event of reader.push(chunk)) if (event.type === "frame") this.#hear(event.payload);
    });
    socket.once("close", () => {
      this.#client = undefined;
      this.#serveNext();
    });
  }

  #hear(payload: Uint8Array): void {
    const decoded = decodeEnvelope(payload);
    if (!decoded.ok) throw new Error(`the host sent what cannot be decoded: ${decoded.problem.code}`);
    const { message } = decoded.envelope;
    if (message.type === "welcome") this.session = message.session;
    this.received.push(message);
  }
}
