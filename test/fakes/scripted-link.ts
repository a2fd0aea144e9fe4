/** The agent's channel in memory, with a host at its far end that welcomes every Hello and keeps what it hears. */
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Message,
  type TuningSettings,
} from "@ballast/proto";
import type { ByteStream } from "../../guest/src/link/link.ts";

const SESSION = "00000000000000a1";

export class ScriptedLink implements ByteStream {
  readonly state = "up";
  readonly problem = undefined;
  readonly descriptor = 3;
  generation = 1;
  readonly #tuning: TuningSettings;
  readonly #frames = new FrameReader();
  readonly #toGuest: Uint8Array[] = [];
  #heard: Message[] = [];

  constructor(tuning: TuningSettings) {
    this.#tuning = tuning;
  }

  /** Whether the host said something that the guest has not heard. */
  get hasWords(): boolean {
    return this.#toGuest.length > 0;
  }

  /** What came since the last call. */
  take(): Message[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  /** Says something to the guest, who hears it when it looks next. */
  say(message: Message): void {
    this.#toGuest.push(encodeFrame(encodeEnvelope({ session: SESSION, sequence: 1, message })));
  }

  poll(_nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void): void {
    for (const frame of this.#toGuest.splice(0)) onBytes(frame);
  }

  send(_lane: unknown, frame: Uint8Array): void {
    for (const event of this.#frames.push(frame)) {
      const decoded = event.type === "frame" ? decodeEnvelope(event.payload) : undefined;
      if (decoded?.ok && decoded.envelope.message.type !== "unknown") this.#hear(decoded.envelope.message);
    }
  }

  close(): void {}

  #hear(message: Message): void {
    this.#heard.push(message);
    // A host that is silent for long is taken for gone.
    if (message.type === "report") this.say({ type: "ack", sequence: 1 });
    if (message.type === "hello")
      this.say({ type: "welcome", version: 1, session: SESSION, nonce: message.nonce, tuning: this.#tuning });
  }
}
