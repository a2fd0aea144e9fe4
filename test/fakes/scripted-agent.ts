/** A guest's agent that says what a test tells it to, whatever carries its envelopes. */
import {
  decodeEnvelope,
  encodeEnvelope,
  type Hello,
  type Message,
  type UnknownMessage,
} from "@ballast/proto";
import { vi } from "vitest";

const MIB = 1024 * 1024;
const PATIENCE = { timeout: 10_000, interval: 2 };

export abstract class ScriptedAgent {
  /** What the host sent, in order. */
  readonly received: (Message | UnknownMessage)[] = [];
  /** Session of the newest Welcome. */
  session: string | undefined;
  #sequence = 0;
  #nonce = 0;

  /** Whether the host is at the other end. */
  abstract get connected(): boolean;
  /** The guest does not read. */
  abstract stopReading(): void;
  /** The connection breaks. */
  abstract drop(): void;
  /** Sends an envelope as this transport does. */
  protected abstract transmit(envelope: Uint8Array): void;

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
    this.transmit(this.envelope(message));
  }

  /** Sends an envelope that was made elsewhere. */
  replay(envelope: Uint8Array): void {
    this.transmit(envelope);
  }

  /** The next envelope of the session. */
  protected envelope(message: Message): Uint8Array {
    return encodeEnvelope({ session: this.session, sequence: ++this.#sequence, message });
  }

  protected hear(envelope: Uint8Array): void {
    const decoded = decodeEnvelope(envelope);
    if (!decoded.ok) throw new Error(`the host sent what cannot be decoded: ${decoded.problem.code}`);
    const { message } = decoded.envelope;
    if (message.type === "welcome") this.session = message.session;
    this.received.push(message);
  }
}
