/** Connections that have not shown a valid token yet: counted, and cut when they take too long. */
import type { Socket } from "node:net";
import type { Clock } from "../../model/adapters.ts";
import type { Timers } from "../../timing/timers.ts";
import { type AdmissionBounds, AdmissionLimits } from "./admission-limits.ts";
import { REFUSALS } from "./rejection-log.ts";

/** For TLS and the request together. */
export const HANDSHAKE_LIMIT_MS = 10_000;

export interface UnauthenticatedOptions {
  readonly clock: Clock;
  readonly timers: Pick<Timers, "after">;
  readonly limits: AdmissionBounds;
  /** One was turned away. */
  readonly onRefused: (why: string, address: string) => void;
}

export class Unauthenticated {
  readonly #options: UnauthenticatedOptions;
  readonly #admission: AdmissionLimits;
  /** By both ends' address and port: TLS hides the connection below it. */
  readonly #pending = new Map<string, { readonly socket: Socket; readonly leave: () => void }>();

  constructor(options: UnauthenticatedOptions) {
    this.#options = options;
    this.#admission = new AdmissionLimits(options.limits);
  }

  /** A connection was accepted; nothing of it was read yet. */
  admit(socket: Socket): void {
    const { clock, timers, onRefused } = this.#options;
    const address = addressOf(socket);
    const entry = this.#admission.enter(address, clock.nowMs());
    if (entry !== "welcome") {
      // A reset leaves nothing behind that would have to be waited for.
      socket.resetAndDestroy();
      onRefused(entry === "too-fast" ? REFUSALS.tooFast : REFUSALS.tooMany, address);
      return;
    }
    const key = keyOf(socket);
    const cancel = timers.after(HANDSHAKE_LIMIT_MS, () => {
      onRefused(REFUSALS.slow, address);
      socket.destroy();
    });
    const leave = () => {
      if (!this.#pending.delete(key)) return;
      cancel();
      this.#admission.leave(address);
    };
    this.#pending.set(key, { socket, leave });
    socket.once("close", leave);
  }

  /** It showed a valid token: no stranger any more. */
  authenticated(socket: Socket): void {
    this.#pending.get(keyOf(socket))?.leave();
  }

  close(): void {
    for (const { socket } of this.#pending.values()) socket.destroy();
  }
}

/** The other end's address, as far as it is still known. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "an address that is gone";
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
