/** Connections that have not shown a valid token yet. Each has a place for a few seconds; it is cut when its time or its place is over. */
import type { Socket } from "node:net";
import type { Clock } from "../../model/adapters.ts";
import type { Timers } from "../../timing/timers.ts";
import { type AdmissionBounds, AdmissionLimits, type Place } from "./admission-limits.ts";
import { REFUSALS } from "./rejection-log.ts";

/** Time for TLS and the request together: several round trips on a bad line. */
export const HANDSHAKE_LIMIT_MS = 5_000;

export interface UnauthenticatedOptions {
  readonly clock: Clock;
  readonly timers: Pick<Timers, "after">;
  readonly limits: AdmissionBounds;
  /** Called for a connection that was rejected. */
  readonly onRefused: (why: string, address: string) => void;
}

interface Pending {
  readonly socket: Socket;
  readonly address: string;
  readonly place: Place;
  readonly leave: () => void;
}

export class Unauthenticated {
  readonly #options: UnauthenticatedOptions;
  readonly #admission: AdmissionLimits;
  readonly #byPlace = new Map<Place, Pending>();
  /** By the addresses and ports of both ends, because TLS hides the connection below it. */
  readonly #byKey = new Map<string, Pending>();

  constructor(options: UnauthenticatedOptions) {
    this.#options = options;
    this.#admission = new AdmissionLimits(options.limits);
  }

  /** A connection was accepted; nothing of it was read yet. */
  admit(socket: Socket): void {
    const { clock, onRefused } = this.#options;
    const address = addressOf(socket);
    const admission = this.#admission.enter(address, clock.nowMs());
    if (!admission.ok) {
      // A reset leaves nothing behind to wait for.
      socket.resetAndDestroy();
      onRefused(REFUSALS.tooFast, address);
      return;
    }
    if (admission.evicted !== undefined) this.#evict(admission.evicted);
    this.#keep(socket, address, admission.place);
  }

  /** The connection showed a valid token, so it needs no place any more. */
  authenticated(socket: Socket): void {
    this.#byKey.get(keyOf(socket))?.leave();
  }

  close(): void {
    for (const { socket } of this.#byPlace.values()) socket.destroy();
  }

  #keep(socket: Socket, address: string, place: Place): void {
    const key = keyOf(socket);
    const cancel = this.#options.timers.after(HANDSHAKE_LIMIT_MS, () => {
      this.#options.onRefused(REFUSALS.slow, address);
      socket.destroy();
    });
    const leave = () => {
      cancel();
      this.#admission.leave(place);
      this.#byPlace.delete(place);
      if (this.#byKey.get(key)?.place === place) this.#byKey.delete(key);
    };
    const pending = { socket, address, place, leave };
    this.#byPlace.set(place, pending);
    this.#byKey.set(key, pending);
    socket.once("close", leave);
  }

  #evict(place: Place): void {
    const pending = this.#byPlace.get(place);
    if (pending === undefined) return;
    pending.leave();
    pending.socket.resetAndDestroy();
    this.#options.onRefused(REFUSALS.tooMany, pending.address);
  }
}

/** The other end's address, as far as it is still known. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "an address that is gone";
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
