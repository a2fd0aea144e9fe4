/** A scripted guest at the other end of a real WebSocket connection. */
import { SUBPROTOCOL } from "@ballast/proto";
import { onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { ScriptedAgent } from "./scripted-agent.ts";

const PATIENCE = { timeout: 10_000, interval: 2 };

export interface WebSocketAgentOptions {
  readonly url: string;
  /** Empty: none is shown. */
  readonly token: string;
  /** PEM of the authority that is trusted. */
  readonly ca?: string;
  readonly subprotocol?: string;
}

export class FakeWebSocketAgent extends ScriptedAgent {
  readonly #options: WebSocketAgentOptions;
  #socket: WebSocket;
  /** Status with which the host refused the upgrade; 0 where it hung up. */
  #refusal: number | undefined;
  #closeCode: number | undefined;

  /** Connects at once; ends with the test. */
  constructor(options: WebSocketAgentOptions) {
    super();
    this.#options = options;
    this.#socket = this.#connect();
    onTestFinished(() => this.#socket.terminate());
  }

  override get connected(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get socket(): WebSocket {
    return this.#socket;
  }

  /** Resolves with the status with which the host refused the upgrade, or 0 where it hung up; rejects when it did not. */
  async refusal(): Promise<number> {
    const isDecided = () => this.#refusal !== undefined || this.connected || this.#closeCode !== undefined;
    await vi.waitUntil(isDecided, PATIENCE);
    if (this.#refusal === undefined) throw new Error("the host took the connection");
    return this.#refusal;
  }

  /** Resolves with the code with which the connection was closed. */
  async closed(): Promise<number> {
    await vi.waitUntil(() => this.#closeCode !== undefined, PATIENCE);
    return this.#closeCode ?? 0;
  }

  /** Connects anew. */
  again(): void {
    this.#socket.terminate();
    this.#refusal = undefined;
    this.#closeCode = undefined;
    this.#socket = this.#connect();
  }

  override stopReading(): void {
    this.#socket.pause();
  }

  override drop(): void {
    this.#socket.terminate();
  }

  protected override transmit(envelope: Uint8Array): void {
    this.#socket.send(envelope);
  }

  #connect(): WebSocket {
    const { url, token, ca, subprotocol = SUBPROTOCOL } = this.#options;
    const socket = new WebSocket(url, [subprotocol], {
      headers: token === "" ? {} : { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      ...(ca !== undefined && { ca }),
    });
    let wasOpen = false;
    socket.on("open", () => {
      wasOpen = true;
    });
    socket.on("unexpected-response", (request, response) => {
      this.#refusal = response.statusCode ?? 0;
      request.destroy();
      socket.terminate();
    });
    socket.on("error", () => {
      if (!wasOpen) this.#refusal ??= 0;
    });
    socket.on("close", (code) => {
      if (socket === this.#socket) this.#closeCode = code;
    });
    socket.on("message", (data) => {
      if (data instanceof Buffer) this.hear(data);
    });
    return socket;
  }
}
