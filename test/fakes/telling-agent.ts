/** An agent that tells the truth about its guest at each step, demands what is lacked, and begins anew when the host does not know it. */
import { MIB } from "../../host/src/model/bytes.ts";
import type { FakeAgentPort } from "./fake-agent-port.ts";

const REPORT_EVERY_MS = 100;
const HELLO_EVERY_MS = 500;
const DEMAND_EVERY_MS = 200;
/** It demands as soon as less than this is left. */
const DEMAND_BELOW_BYTES = 40 * MIB;
/** What a demand asks for beyond what is lacked. */
const BEYOND_BYTES = 48 * MIB;
const HOUR_MS = 3_600_000;

/** The guest as it is now. */
export interface GuestFigures {
  readonly sizeBytes: number;
  readonly fullBytes: number;
  readonly usedBytes: number;
  readonly lackedBytes: number;
}

export class TellingAgent {
  readonly port: FakeAgentPort;
  /** Fields of its Hello that differ from a present agent's. */
  hello: Parameters<FakeAgentPort["hello"]>[0] = {};
  readonly #figures: () => GuestFigures;
  readonly #onTold: () => void;
  #state: "runs" | "stopped" | "ended" = "runs";
  #bootId = "boot-1";
  #upMs = HOUR_MS;
  #reportedMs = 0;
  #saidHelloMs = Number.NEGATIVE_INFINITY;
  #demandedMs = 0;

  /** `onTold` is called for each report that the host can read. */
  constructor(port: FakeAgentPort, figures: () => GuestFigures, onTold: () => void) {
    this.port = port;
    this.#figures = figures;
    this.#onTold = onTold;
  }

  /** A new process. */
  start(bootId = this.#bootId): void {
    this.#bootId = bootId;
    this.#state = "runs";
    this.#begin();
  }

  /** The process is killed. */
  end(): void {
    this.#state = "ended";
  }

  /** The process is stopped: what it had to say it says when it goes on. */
  stop(): void {
    this.#state = "stopped";
  }

  resume(): void {
    this.#state = "runs";
  }

  /** So much time has passed for the guest. */
  step(passedMs: number): void {
    this.#upMs += passedMs;
    if (this.#state !== "runs") return;
    this.#readOn();
    if (!this.port.connected || this.port.unreadBytes > 0) return;
    if (this.port.session === undefined) this.#greet();
    else this.#tell();
  }

  #readOn(): void {
    for (const message of this.port.received.splice(0)) if (message.type === "goodbye") this.#begin();
  }

  #begin(): void {
    this.port.session = undefined;
    this.#saidHelloMs = Number.NEGATIVE_INFINITY;
  }

  #greet(): void {
    if (this.#upMs - this.#saidHelloMs < HELLO_EVERY_MS) return;
    this.#saidHelloMs = this.#upMs;
    this.#reportedMs = 0;
    this.port.hello({ bootId: this.#bootId, ...this.hello });
  }

  #tell(): void {
    const { sizeBytes, fullBytes, usedBytes, lackedBytes } = this.#figures();
    const availableBytes = Math.max(0, sizeBytes - usedBytes);
    const isShort = availableBytes < DEMAND_BELOW_BYTES && sizeBytes < fullBytes;
    if (isShort && this.#upMs - this.#demandedMs >= DEMAND_EVERY_MS) {
      this.#demandedMs = this.#upMs;
      this.port.demand(lackedBytes + BEYOND_BYTES);
    }
    if (this.#upMs - this.#reportedMs < REPORT_EVERY_MS) return;
    this.#reportedMs = this.#upMs;
    this.#report(sizeBytes, fullBytes, availableBytes, isShort);
    this.#onTold();
  }

  #report(sizeBytes: number, fullBytes: number, availableBytes: number, isShort: boolean): void {
    this.port.say({
      type: "report",
      sampledAtMs: this.#upMs,
      totalBytes: sizeBytes,
      availableBytes,
      // The rest of what is available is cache.
      freeBytes: availableBytes / 2,
      balloonBytes: fullBytes - sizeBytes,
      pressure: isShort ? "critical" : "none",
    });
  }
}
