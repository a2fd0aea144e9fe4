/** Commands that wait for a lease: each is sent once, or its caller hears at its deadline why it was not. */
import type { Timers } from "../../timing/timers.ts";
import type { ExecuteOptions } from "../client.ts";
import type { QmpError } from "../errors.ts";
import type { Outcome } from "../pending.ts";

export interface LeaseRequest {
  readonly command: string;
  readonly args: object | undefined;
  readonly options: ExecuteOptions;
  readonly askedAtMs: number;
  readonly deadlineAtMs: number;
  readonly settle: (outcome: Outcome) => void;
}

interface Waiting {
  readonly request: LeaseRequest;
  readonly cancelDeadline: () => void;
}

export class LeaseRequests {
  readonly #timers: Timers;
  readonly #onExpired: (request: LeaseRequest) => QmpError;
  #waiting: Waiting[] = [];

  /** `onExpired` is told of each request whose time ran out before it was sent, and says why. */
  constructor(timers: Timers, onExpired: (request: LeaseRequest) => QmpError) {
    this.#timers = timers;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** When the oldest was asked; absent: none waits. */
  get oldestAskedAtMs(): number | undefined {
    return this.#waiting[0]?.request.askedAtMs;
  }

  add(request: LeaseRequest): void {
    const waiting = {
      request,
      cancelDeadline: this.#timers.after(request.deadlineAtMs - request.askedAtMs, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        request.settle({ ok: false, error: this.#onExpired(request) });
      }),
    };
    this.#waiting.push(waiting);
  }

  /** Takes out the oldest, at most `most`. */
  take(most: number): LeaseRequest[] {
    const taken = this.#waiting.splice(0, most);
    for (const { cancelDeadline } of taken) cancelDeadline();
    return taken.map(({ request }) => request);
  }

  /** Ends all with `error`. */
  failAll(error: QmpError): void {
    for (const { settle } of this.take(this.size)) settle({ ok: false, error });
  }
}
