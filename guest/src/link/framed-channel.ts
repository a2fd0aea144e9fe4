/** Envelopes on a byte stream: writes them as frames, and finds frames in what arrives. */
import { encodeFrame, FrameReader } from "@ballast/proto";
import type { Log } from "../log.ts";
import type { Channel } from "./channel.ts";
import type { ByteStream, StreamState } from "./link.ts";
import type { Lane } from "./outbox.ts";
import { BURST_UNITS, frameCost, noiseCost, readingBudget } from "./reading-budget.ts";

/**
 * A host that sends too much for this long is no broker, or it has gone and left its bytes: a new host would be read only after all of
 * them. With the connection they are thrown away (a port's are, see `port_fops_release` in drivers/char/virtio_console.c).
 */
export const FLOOD_MS = 5000;

export class FramedChannel implements Channel {
  readonly #link: ByteStream;
  readonly #log: Log;
  readonly #budget = readingBudget();
  #frames = new FrameReader();
  #generation = 0;
  #floodSinceMs: number | undefined;
  #saidRest = false;
  #saidNoise = false;
  #onEnvelope: (untrustedEnvelope: Uint8Array) => void = () => {};
  // The same objects for all polls: most polls bring nothing, and should leave no garbage.
  readonly #onBytes = (untrustedBytes: Uint8Array) => this.#received(untrustedBytes);
  readonly #mayRead = () => this.#budget.isOpen;

  constructor(link: ByteStream, log: Log) {
    this.#link = link;
    this.#log = log;
  }

  get state(): StreamState {
    return this.#link.state;
  }

  get generation(): number {
    return this.#generation;
  }

  get problem(): string | undefined {
    return this.#link.problem;
  }

  /** Undefined while the reader rests: data that waits at the host's end would wake the agent again and again. */
  get descriptor(): number | undefined {
    return this.#budget.isOpen ? this.#link.descriptor : undefined;
  }

  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void {
    this.#onEnvelope = onEnvelope;
    this.#budget.refill(nowMs);
    this.#link.poll(nowMs, this.#onBytes, this.#mayRead);
    this.#watchFlood(nowMs);
    if (this.#link.generation === this.#generation) return;
    this.#generation = this.#link.generation;
    this.#frames = new FrameReader();
  }

  send(lane: Lane, envelope: Uint8Array): void {
    this.#link.send(lane, encodeFrame(envelope));
  }

  close(): void {
    this.#link.close();
  }

  #watchFlood(nowMs: number): void {
    if (this.#budget.isOpen) {
      if (this.#saidRest && this.#budget.left > BURST_UNITS / 2) this.#floodIsOver();
      return;
    }
    this.#sayRest();
    this.#floodSinceMs ??= nowMs;
    if (nowMs - this.#floodSinceMs < FLOOD_MS) return;
    this.#floodSinceMs = nowMs;
    this.#link.reset?.(nowMs);
  }

  #received(untrustedBytes: Uint8Array): void {
    for (const event of this.#frames.push(untrustedBytes)) {
      if (event.type === "frame") {
        this.#budget.spend(frameCost(event.payload.length));
        this.#onEnvelope(event.payload);
      } else if (event.type === "discarded") {
        this.#budget.spend(noiseCost(event.bytes));
        this.#log.write("debug", `${event.bytes} bytes of noise on the channel`);
      } else {
        this.#sayNoise(event.noiseBytes);
        this.#frames = new FrameReader();
      }
    }
  }

  #floodIsOver(): void {
    this.#floodSinceMs = undefined;
    this.#saidRest = false;
    this.#saidNoise = false;
  }

  /** Logged once for each flood, since a flood may never end. */
  #sayRest(): void {
    if (!this.#saidRest)
      this.#log.write("warn", "the host sends more than the agent reads: it reads on at a bounded rate");
    this.#saidRest = true;
  }

  #sayNoise(noiseBytes: number): void {
    if (!this.#saidNoise)
      this.#log.write("warn", `nothing but noise on the channel (${noiseBytes} bytes): starting anew`);
    this.#saidNoise = true;
  }
}
