/** Gives each request a turn of the event loop of its own: between two answers, however many wait, agents are read and demands are met. */
import type { Socket } from "node:net";

interface Waiting {
  readonly socket: Socket;
  readonly go: (isWanted: boolean) => void;
}

export class AnswerTurns {
  readonly #waiting: Waiting[] = [];

  /** Resolves when it may be answered; false: its connection is closed, so there is nothing to do. */
  take(socket: Socket): Promise<boolean> {
    return new Promise((go) => {
      if (this.#waiting.push({ socket, go }) === 1) setImmediate(() => this.#next());
    });
  }

  /** Those that were cut meanwhile cost no turn: they come in any number. */
  #next(): void {
    let next = this.#waiting.shift();
    for (; next?.socket.destroyed === true; next = this.#waiting.shift()) next.go(false);
    next?.go(true);
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}
