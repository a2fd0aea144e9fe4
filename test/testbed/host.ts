/** Owns the host side of a test: processes that cannot outlive it, their memory, and cleanup that always runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { TestbedError } from "./errors.ts";

/** A process that the testbed started. */
export interface StartedProcess {
  readonly pid: number;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  isRunning(): boolean;
  /** Ends it with SIGKILL, by its pid, and waits until it is gone. */
  kill(): Promise<void>;
}

/** How a process is started. */
export interface StartOptions {
  /** File that takes its standard output and error. */
  readonly logPath: string;
  /** Descriptor that takes its standard output instead, or a socket that nobody reads. */
  readonly stdout?: number | "unread-socket" | undefined;
  /** Let it run on after this process has ended (for a quickstart that is kept). */
  readonly outlive?: boolean;
}

/**
 * Starts a program that ends with this process however that ends: the kernel kills it (PR_SET_PDEATHSIG, through util-linux's
 * `setpriv`) even after a SIGKILL of ours. Throws `TESTBED_BOOT` when it cannot be started.
 */
export async function startProcess(
  program: string,
  args: readonly string[],
  options: StartOptions,
): Promise<StartedProcess> {
  const outlive = options.outlive === true;
  const [command, words] = outlive
    ? [program, [...args]]
    : ["setpriv", ["--pdeathsig", "KILL", "--", program, ...args]];
  const log = openSync(options.logPath, "a");
  const child = spawn(command, words, { stdio: ["ignore", stdoutOf(options, log), log], detached: outlive });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `exit status ${code}` : `signal ${signal}`),
    );
  });
  await once(child, "spawn").catch((cause: unknown) => {
    throw new TestbedError("TESTBED_BOOT", `cannot start ${command}`, { cause });
  });
  if (outlive) child.unref();
  return describeChild(child, ended);
}

/** What Node calls a pipe is a pair of sockets. */
function stdoutOf({ stdout }: StartOptions, log: number): number | "pipe" {
  return stdout === "unread-socket" ? "pipe" : (stdout ?? log);
}

function describeChild(child: ChildProcess, ended: Promise<string>): StartedProcess {
  const pid = child.pid ?? 0;
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    ended,
    isRunning,
    async kill() {
      // One that may outlive us keeps us alive at least until its end is known.
      child.ref();
      if (isRunning()) process.kill(pid, "SIGKILL");
      await ended;
    },
  };
}

/** Memory of a process with its part of each page that it shares, in bytes (`Pss` of /proc/PID/smaps_rollup); `undefined` when it has ended. */
export function proportionalBytes(pid: number): number | undefined {
  try {
    const kib = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** Memory of a process that is resident now, in bytes (`VmRSS` of /proc/PID/status); `undefined` when it has ended. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** Steps that undo what a test has set up; call `run` in `afterEach` or `afterAll`. */
export class Cleanup {
  readonly #steps: Array<() => Promise<void>> = [];

  /** Remembers a step; steps run in the reverse order. */
  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Runs every step, also when one fails; throws all failures together at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} cleanup steps failed`);
  }
}
