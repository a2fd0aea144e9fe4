/** The channel of an agent that cannot reach the host. */
import type { ByteStream } from "./link.ts";

export class NoLink implements ByteStream {
  readonly state = "closed";
  readonly generation = 0;
  readonly problem: string;

  /** `problem` says why, for the admin. */
  constructor(problem: string) {
    this.problem = problem;
  }

  poll(): void {}

  send(): void {}

  close(): void {}
}
