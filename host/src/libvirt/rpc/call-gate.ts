/**
 * How many calls may be under way at once over all connections to one libvirtd. libvirtd starts with five threads for calls, and one that
 * is stuck keeps one. It adds a thread where a call finds none free and no other call waits; where two come at once it adds one, and if the first
 * of them hangs it adds none ever after (`virThreadPoolSendJob` in `src/util/virthreadpool.c` subtracts the waiting from the free without
 * sign): then no program's calls are served any more. So beside stuck calls ours go one at a time. No I/O.
 */

/** Of libvirtd's first five threads (`min_workers`) two are left then. */
export const CAREFUL_FROM = 3;

/** The calls of one connection. */
export interface GatedCalls {
  /** Sent and not answered. */
  readonly outstanding: number;
  /** Those of them that may never be answered. */
  readonly stuck: number;
  /** Sends what waits and may go. */
  resume(): void;
}

export class CallGate {
  readonly #members = new Set<GatedCalls>();

  join(calls: GatedCalls): void {
    this.#members.add(calls);
  }

  leave(calls: GatedCalls): void {
    this.#members.delete(calls);
    this.freed();
  }

  /** Calls that may never be answered, on all connections. */
  get stuck(): number {
    return this.#sum(({ stuck }) => stuck);
  }

  /** Whether one more call may be sent now. */
  get isOpen(): boolean {
    return this.stuck < CAREFUL_FROM || this.#sum(({ outstanding }) => outstanding) === this.stuck;
  }

  /** A call was answered, or may never be. */
  freed(): void {
    for (const calls of this.#members) calls.resume();
  }

  #sum(numberOf: (calls: GatedCalls) => number): number {
    return [...this.#members].reduce((sum, calls) => sum + numberOf(calls), 0);
  }
}
