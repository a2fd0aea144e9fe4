/** One WebSocket connection of an agent with a valid token. It bounds what is read and what waits to be written. */
import type { Duplex } from "node:stream";
import { CLOSE_CODES, type CloseReason, MAX_PAYLOAD_BYTES } from "@ballast/proto";
import type { WebSocket } from "ws";
import type { Clock } from "../../model/adapters.ts";
import type { AgentToken } from "../../model/agents.ts";
import type { Timers } from "../../timing/timers.ts";
import { TokenBucket } from "../../timing/token-bucket.ts";
import {
  CLOGGED_BYTES,
  FULL_BYTES,
  READ_BURST_BYTES,
  READ_BYTES_PER_SECOND,
  readCost,
} from "../channel-limits.ts";

/** An agent that does not answer a ping before the next ping is gone, whatever the network says. */
export const HEARTBEAT_MS = 15_000;
const CLOSE_LIMIT_MS = 1_000;
/** The rate of an agent's pings. Ballast's own agent sends none; others may. */
const PINGS_PER_SECOND = 1;
const PINGS_BURST = 10;

export interface AgentConnectionOptions {
  readonly socket: WebSocket;
  /** The connection below. */
  readonly carrier: Duplex;
  readonly address: string;
  readonly token: AgentToken;
  readonly clock: Clock;
  readonly timers: Pick<Timers, "after">;
}

export interface AgentConnectionEvents {
  /** Called within the socket's data event: a demand does not wait. */
  onEnvelope(untrustedEnvelope: Uint8Array): void;
  /** Called once, as soon as the end is certain: nothing is heard after it. `problem` is for the admin. */
  onClose(problem: string): void;
}

export class AgentConnection {
  readonly address: string;
  readonly token: AgentToken;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #timers: Pick<Timers, "after">;
  readonly #readRate = new TokenBucket(READ_BYTES_PER_SECOND, READ_BURST_BYTES);
  readonly #pings = new TokenBucket(PINGS_PER_SECOND, PINGS_BURST);
  readonly #closed: Promise<void>;
  #events: AgentConnectionEvents | undefined;
  #problem: string | undefined;
  #isAlive = true;
  #cancelResume: (() => void) | undefined;
  #cancelHeartbeat: (() => void) | undefined;

  constructor({ socket, carrier, address, token, clock, timers }: AgentConnectionOptions) {
    this.address = address;
    this.token = token;
    this.#socket = socket;
    this.#clock = clock;
    this.#timers = timers;
    // Bytes are counted below the messages: pings, fragments and half messages also cost the host.
    carrier.on("data", (untrustedChunk: Buffer) => this.#count(untrustedChunk.length));
    socket.on("message", (untrustedData, isBinary) => this.#onMessage(untrustedData, isBinary));
    socket.on("ping", () => this.#onPing());
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("error", (error) => {
      this.#problem ??= errorProblem(error);
    });
    this.#closed = new Promise((resolve) => {
      socket.once("close", (code) => {
        this.#cancelResume?.();
        this.#cancelHeartbeat?.();
        this.#end(endText(code));
        resolve();
      });
    });
    this.#beat();
  }

  /** Sets the listener of this connection. */
  listen(events: AgentConnectionEvents): void {
    this.#events = events;
  }

  /** Sends at once; false when it had to be dropped. */
  send(envelope: Uint8Array, courtesy: boolean): boolean {
    const isOpen = this.#socket.readyState === this.#socket.OPEN;
    const limitBytes = courtesy ? CLOGGED_BYTES : FULL_BYTES;
    if (!isOpen || this.#socket.bufferedAmount > limitBytes) return false;
    this.#socket.send(envelope, { binary: true });
    return true;
  }

  /** Hears nothing more, sends what waits, says why, and closes. An agent that does not read or answer cannot delay it. */
  async close(reason: CloseReason, problem: string): Promise<void> {
    this.#end(problem);
    const cancel = this.#timers.after(CLOSE_LIMIT_MS, () => this.#socket.terminate());
    this.#socket.close(CLOSE_CODES[reason]);
    await this.#closed;
    cancel();
  }

  #end(problem: string): void {
    const events = this.#events;
    this.#events = undefined;
    events?.onClose(`${this.#problem ?? problem} (${this.address})`);
  }

  #onMessage(untrustedData: unknown, isBinary: boolean): void {
    this.#isAlive = true;
    if (this.#events === undefined) return;
    if (isBinary && untrustedData instanceof Buffer) this.#events.onEnvelope(untrustedData);
    else void this.close("unsupported", "the agent sent text instead of envelopes: its connection is closed");
  }

  #onPing(): void {
    if (this.#events === undefined || this.#pings.take(this.#clock.nowMs())) return;
    void this.close("policy", "the agent sends too many pings: its connection is closed");
  }

  #count(bytes: number): void {
    const waitMs = this.#readRate.spend(this.#clock.nowMs(), readCost(bytes));
    if (waitMs <= 0) return;
    this.#socket.pause();
    this.#cancelResume?.();
    this.#cancelResume = this.#timers.after(waitMs, () => this.#socket.resume());
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#timers.after(HEARTBEAT_MS, () => {
      if (!this.#isAlive) {
        this.#problem ??= `the agent did not answer a ping for ${HEARTBEAT_MS / 1000} s: its WebSocket connection is cut`;
        this.#socket.terminate();
        return;
      }
      this.#isAlive = false;
      this.#socket.ping();
      this.#beat();
    });
  }
}

/** The library's stable codes, see its doc/ws.md. */
function errorProblem(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH":
      return `the agent sent a message above ${MAX_PAYLOAD_BYTES / 1024} KiB: its connection is closed`;
    case "WS_ERR_TOO_MANY_BUFFERED_PARTS":
      return "the agent sent a message in too many pieces: its connection is closed";
    case "ECONNRESET":
    case "EPIPE":
      return "the agent's WebSocket connection broke";
    default:
      return error.code?.startsWith("WS_ERR_") === true
        ? `what the agent sent is no WebSocket (${error.code}): its connection is closed`
        : `the agent's WebSocket connection broke: ${error.code ?? error.message}`;
  }
}

function endText(code: number): string {
  // The library reports 1006 for an end without a close frame (RFC 6455, 7.4.1).
  return code === 1006
    ? "the agent's WebSocket connection broke"
    : "the agent closed its WebSocket connection";
}
