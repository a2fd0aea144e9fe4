/** Ends the agent's process: on a signal, or because something failed. */
import type { Log } from "./log.ts";
import type { RunningService } from "./platform/platform.ts";

/** Longer than each channel takes to say goodbye (1 s). */
const END_LIMIT_MS = 2000;

type LastSignal = "SIGTERM" | "SIGKILL";

/**
 * Closes what was opened, the newest first, and lets the process end by itself: nothing is left then that keeps it alive. What the
 * system does not finish (a name that is being looked up) has a limit.
 */
export class Ending {
  readonly #log: Log;
  readonly #service: RunningService | undefined;
  readonly #endSoon: (signal: LastSignal) => void;
  readonly #parts: (() => void)[] = [];
  #hasBegun = false;

  /** `endSoon` ends the process after its limit, if it is still there then. */
  constructor(log: Log, service: RunningService | undefined, endSoon = endAfterLimit) {
    this.#log = log;
    this.#service = service;
    this.#endSoon = endSoon;
  }

  /** `close` is called at the end. */
  add(close: () => void): void {
    if (this.#hasBegun) close();
    else this.#parts.push(close);
  }

  /** The agent ends on a signal or a command. */
  stop(): void {
    if (!this.#begin("SIGTERM")) return;
    this.#service?.stopped();
  }

  /**
   * The agent cannot go on: the service manager starts it again. Node's own way is to call exit(), which waits for the thread that waits
   * for the host, and so for ever.
   */
  fail(error: unknown): void {
    this.#log.write("error", `the agent failed: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
    if (this.#begin("SIGKILL")) this.#service?.failed();
  }

  #begin(lastSignal: LastSignal): boolean {
    if (this.#hasBegun) return false;
    this.#hasBegun = true;
    this.#endSoon(lastSignal);
    for (const close of this.#parts.reverse()) this.#close(close);
    return true;
  }

  /** A part that fails to close does not keep the rest open. */
  #close(close: () => void): void {
    try {
      close();
    } catch (error) {
      this.#log.write("error", `closing failed: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

function endAfterLimit(signal: LastSignal): void {
  setTimeout(() => endNow(signal), END_LIMIT_MS).unref();
}

/** Service managers take SIGTERM for a clean end. On Windows exit() waits for nothing. */
function endNow(signal: LastSignal): void {
  if (process.platform === "win32") process.exit();
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, signal);
}
