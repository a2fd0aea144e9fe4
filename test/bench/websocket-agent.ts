/** Owns an agent over WebSocket in a benchmark: the agent's own code for the connection, with its own pauses, and a session over it. */
import { decodeEnvelope, encodeEnvelope } from "@ballast/proto";
import {
  type Connection,
  GOOD_CONNECTION_MS,
  WebSocketChannel,
} from "../../guest/src/link/websocket-channel.ts";
import { dialWebSocket } from "../../guest/src/link/websocket-dial.ts";
import { waitFor } from "../testbed/wait.ts";

const LONGEST_WAIT_MS = 60_000;
/** As an agent's loop looks after its channel when it is called. */
const POLL_MS = 20;

export class WebSocketAgent {
  readonly #channel: WebSocketChannel;
  #connection: Connection | undefined;
  #isWelcome = false;
  #generation = 0;
  /** The channel's clock goes on by this much while nothing happens: each connection counts as one that lasted. */
  #aheadMs = 0;

  constructor(url: string, tokenFile: string, caFile: string) {
    this.#channel = new WebSocketChannel({
      dial: async (events, cancelled) => {
        this.#connection = await dialWebSocket({ url, tokenFile, caFile }, events, cancelled);
        return this.#connection;
      },
      random: Math.random,
      onArrival: () => this.#poll(),
    });
    setInterval(() => this.#poll(), POLL_MS).unref();
  }

  /** Breaks the connection; resolves with the milliseconds until the broker welcomes the agent again. */
  async comeBack(): Promise<number> {
    this.#isWelcome = false;
    this.#aheadMs += GOOD_CONNECTION_MS;
    this.#poll();
    this.#connection?.destroy();
    const begin = performance.now();
    await waitFor("the agent to be heard", () => this.#isWelcome, {
      timeoutMs: LONGEST_WAIT_MS,
      intervalMs: 5,
    });
    return performance.now() - begin;
  }

  close(): void {
    this.#channel.close();
  }

  #poll(): void {
    this.#channel.poll(performance.now() + this.#aheadMs, (untrustedEnvelope) => {
      const decoded = decodeEnvelope(untrustedEnvelope);
      if (decoded.ok && decoded.envelope.message.type === "welcome") this.#isWelcome = true;
    });
    if (this.#channel.state !== "up" || this.#channel.generation === this.#generation) return;
    this.#generation = this.#channel.generation;
    const hello = {
      minVersion: 1,
      maxVersion: 1,
      capabilities: [],
      nonce: "0000000000000001",
      bootId: "bench",
    };
    this.#channel.send("control", encodeEnvelope({ sequence: 1, message: { type: "hello", ...hello } }));
  }
}
