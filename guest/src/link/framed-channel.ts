/** Envelopes on a byte stream: puts them into frames, and finds them again in whatever comes. */
import { encodeFrame, FrameReader } from "@ballast/proto";
import type { Log } from "../log.ts";
import type { Channel } from "./channel.ts";
import type { ByteStream, StreamState } from "./link.ts";
import type { Lane } from "./outbox.ts";

export class FramedChannel implements Channel {
  readonly #link: ByteStream;
  readonly #log: Log;
  #frames = new FrameReader();
  #generation = 0;
  #onEnvelope: (untrustedEnvelope: Uint8Array) => void = () => {};
  /** One for all polls: most of them bring nothing, and should leave nothing. */
  readonly #onBytes = (untrustedBytes: Uint8Array) => this.#received(untrustedBytes);

  constructor(link: ByteStream, log: Log) {
    this.#link = link;
    this.#log = log;
  }

  get state(): StreamState {
    return this.#link.state;
  }

  get generation(): number {
    return this.#link.generation;
  }

  get problem(): string | undefined {
    return this.#link.problem;
  }

  get descriptor(): number | undefined {
    return this.#link.descriptor;
  }

  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void {
    this.#onEnvelope = onEnvelope;
    this.#link.poll(nowMs, this.#onBytes);
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

  #received(untrustedBytes: Uint8Array): void {
    for (const event of this.#frames.push(untrustedBytes)) {
      if (event.type === "frame") this.#onEnvelope(event.payload);
      else if (event.type === "discarded")
        this.#log.write("debug", `${event.bytes} bytes of noise on the channel`);
      else {
        this.#log.write(
          "warn",
          `nothing but noise on the channel (${event.noiseBytes} bytes): starting afresh`,
        );
        this.#frames = new FrameReader();
      }
    }
  }
}
