/** Stands where there is no way to the host at all. */
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
