/** Owns a workload that runs in the background of a guest. */
import type { CommandResult, RunOptions } from "./command-channel.ts";
import { TestbedError } from "./errors.ts";
import { waitFor } from "./wait.ts";

const POLL_MS = 200;

/** Runs a command in the guest. */
export type RunInGuest = (command: string, options?: RunOptions) => Promise<CommandResult>;

/** How a workload ended. */
export interface WorkloadResult {
  /** Exit status; 137 when it was killed, for instance by the guest's out-of-memory killer. */
  readonly status: number;
  readonly output: string;
}

/** A program started in the background of a guest; its output is kept in a file there. */
export class Workload {
  readonly #run: RunInGuest;
  readonly #base: string;

  private constructor(run: RunInGuest, base: string) {
    this.#run = run;
    this.#base = base;
  }

  /** Starts one program with its arguments in the guest, under a number that is free there; throws `TESTBED_COMMAND` when it cannot be. */
  static async start(run: RunInGuest, command: string, number: number): Promise<Workload> {
    const base = `/tmp/workload${number}`;
    const program = `(echo 0 >/proc/self/oom_score_adj; exec ${command}) >${base}.out 2>&1 & echo $! >${base}.pid`;
    // The status appears whole, and the shell that writes it is no victim for the out-of-memory killer.
    const keeper = `echo -1000 >/proc/self/oom_score_adj; ${program}; wait $!; echo $? >${base}.tmp`;
    const whole = `{ ${keeper}; mv ${base}.tmp ${base}.status; } >/dev/null 2>&1 &`;
    const { status, output } = await run(whole);
    if (status !== 0) throw new TestbedError("TESTBED_COMMAND", `cannot start ${command}: ${output}`);
    return new Workload(run, base);
  }

  /** What it has printed so far. */
  async output(): Promise<string> {
    return (await this.#run(`cat ${this.#base}.out 2>/dev/null`)).output;
  }

  /** Its exit status; `undefined` while it runs. */
  async status(): Promise<number | undefined> {
    const { output } = await this.#run(`cat ${this.#base}.status 2>/dev/null`);
    return output === "" ? undefined : Number(output);
  }

  /** Waits for its end; throws `TESTBED_WAIT` at the limit. */
  async wait(timeoutMs: number): Promise<WorkloadResult> {
    const status = await waitFor("the end of a workload", () => this.status(), {
      timeoutMs,
      intervalMs: POLL_MS,
    });
    return { status, output: await this.output() };
  }

  /** Waits until what it has printed matches; throws `TESTBED_WAIT` at the limit. */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return waitFor(`output ${pattern}`, async () => pattern.exec(await this.output()) ?? undefined, {
      timeoutMs,
      intervalMs: POLL_MS,
    });
  }

  /** Kills it. */
  async kill(): Promise<void> {
    await this.#run(`kill -9 "$(cat ${this.#base}.pid)" 2>/dev/null`);
  }
}
