/** QEMU's chardev socket with a scripted guest behind it: one client is served at a time, others wait in silence. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { encodeFrame, FrameReader, type Message } from "@ballast/proto";
import { onTestFinished } from "vitest";
import { ScriptedAgent } from "./scripted-agent.ts";

export class FakeAgentPort extends ScriptedAgent {
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #client: Socket | undefined;

  /** Listens on `path`; ends with the test. */
  static async listen(path: string): Promise<FakeAgentPort> {
    const port = new FakeAgentPort();
    port.#server.listen(path);
    await once(port.#server, "listening");
    onTestFinished(() => port.stop());
    return port;
  }

  private constructor() {
    super();
    this.#server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      this.#waiting.push(socket);
      this.#serveNext();
    });
  }

  override get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Bytes that the host has not read: a guest's own writes fail while there are some, for its port is full. */
  get unreadBytes(): number {
    return this.#client?.writableLength ?? 0;
  }

  /** The next frame of the session, for sending it in pieces. */
  frame(message: Message): Uint8Array {
    return encodeFrame(this.envelope(message));
  }

  write(bytes: Uint8Array): void {
    this.#client?.write(bytes);
  }

  override stopReading(): void {
    this.#client?.pause();
  }

  /** QEMU drops its client. */
  override drop(): void {
    this.#client?.destroy();
  }

  /** QEMU ends, and its socket with it. */
  async stop(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    for (const socket of [...this.#waiting, this.#client]) socket?.destroy();
    await closed;
  }

  protected override transmit(envelope: Uint8Array): void {
    this.write(encodeFrame(envelope));
  }

  #serveNext(): void {
    if (this.#client !== undefined) return;
    const socket = this.#waiting.shift();
    if (socket === undefined) return;
    this.#client = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk) => {
      for (const event of reader.push(chunk)) if (event.type === "frame") this.hear(event.payload);
    });
    socket.once("close", () => {
      this.#client = undefined;
      this.#serveNext();
    });
  }
}
