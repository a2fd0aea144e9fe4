/** Two channels used as one: the port while a host is at its other end, WebSocket while there is none. */
import type { Log } from "../log.ts";
import type { Channel, RestingChannel } from "./channel.ts";
import type { StreamState } from "./link.ts";
import type { Lane } from "./outbox.ts";

/** A broker that restarts comes back to the port within this time, so WebSocket is not needed. */
export const PORT_GRACE_MS = 1000;
/** A port whose host says nothing for this long belongs to another program, or to a broker that does not use it. */
export const MUTE_PORT_MS = 20_000;
/** After this time such a port is tried again. */
export const MUTE_PORT_RETRY_MS = 300_000;

export class FallbackChannel implements Channel {
  readonly #port: Channel;
  readonly #remote: RestingChannel;
  readonly #log: Log;
  #active: Channel;
  #activeGeneration = 0;
  #generation = 0;
  /** Since when the port has a host; undefined while it has none. */
  #hostSinceMs: number | undefined;
  #hostSpoke = false;
  /** The port's host said nothing: the port is not tried again before this time. */
  #shunnedUntilMs: number | undefined;
  #uselessSinceMs: number | undefined;

  constructor(port: Channel, remote: RestingChannel, log: Log) {
    this.#port = port;
    this.#remote = remote;
    this.#log = log;
    this.#active = port;
  }

  get state(): StreamState {
    return this.#active.state;
  }

  get generation(): number {
    return this.#generation;
  }

  get problem(): string | undefined {
    return this.#active.problem;
  }

  get descriptor(): number | undefined {
    return this.#active.descriptor;
  }

  poll(nowMs: number, onEnvelope: (untrustedEnvelope: Uint8Array) => void): void {
    const overPort = this.#active === this.#port;
    this.#port.poll(nowMs, (untrustedEnvelope) => {
      this.#hostSpoke = true;
      if (overPort) onEnvelope(untrustedEnvelope);
    });
    this.#watchPort(nowMs);
    if (this.#portServes(nowMs)) this.#usePort(nowMs);
    else this.#useRemote(nowMs);
    if (this.#active === this.#remote) this.#remote.poll(nowMs, onEnvelope);
    if (this.#active.generation === this.#activeGeneration) return;
    this.#activeGeneration = this.#active.generation;
    this.#generation++;
  }

  send(lane: Lane, envelope: Uint8Array): void {
    this.#active.send(lane, envelope);
  }

  close(): void {
    this.#port.close();
    this.#remote.close();
  }

  #watchPort(nowMs: number): void {
    if (this.#port.state !== "up") {
      this.#hostSinceMs = undefined;
      this.#hostSpoke = false;
      this.#shunnedUntilMs = undefined;
      return;
    }
    this.#hostSinceMs ??= nowMs;
    const isMute = !this.#hostSpoke && nowMs - this.#hostSinceMs >= MUTE_PORT_MS;
    if (isMute && this.#active === this.#port) this.#shunnedUntilMs = nowMs + MUTE_PORT_RETRY_MS;
  }

  /** A host that says nothing is not tried again while WebSocket is open. */
  #portServes(nowMs: number): boolean {
    if (this.#hostSinceMs === undefined) return false;
    if (this.#shunnedUntilMs === undefined) return true;
    return nowMs >= this.#shunnedUntilMs && this.#remote.state !== "up";
  }

  #usePort(nowMs: number): void {
    this.#uselessSinceMs = undefined;
    if (this.#active === this.#port) return;
    this.#remote.rest();
    this.#shunnedUntilMs = undefined;
    this.#hostSinceMs = nowMs;
    this.#switch(this.#port, "the virtio-serial port has a host: leaving WebSocket");
  }

  #useRemote(nowMs: number): void {
    this.#uselessSinceMs ??= nowMs;
    if (this.#active === this.#remote || nowMs - this.#uselessSinceMs < PORT_GRACE_MS) return;
    const why = this.#port.problem ?? "no broker is heard over the virtio-serial port";
    this.#switch(this.#remote, `trying WebSocket: ${why}`);
  }

  #switch(to: Channel, text: string): void {
    this.#active = to;
    this.#activeGeneration = -1;
    this.#log.write("info", text);
  }
}
