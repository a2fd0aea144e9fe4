/** Owns what Proxmox VE's own tools do to the monitors of a node's guests, all of it at once, and counts what becomes of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { PlatformCall, type PlatformCommand } from "./platform-call.ts";

/** pvestatd's limit for each guest of a poll, and that of a single call (qemu-server, `vmstatus` and `PVE::QMPClient::cmd`). */
const POLL_LIMIT_MS = 3_000;
const CALL_LIMIT_MS = 5_000;
const MIGRATION_EVERY_MS = 100;
const BACKUP_EVERY_MS = 1_000;
const CALL_EVERY_MS = 500;
/** A call that has no greeting for so long has waited too long, if it waited for us. */
const SLOW_MS = 300;

/** The seven questions of a poll. A plain QEMU refuses Proxmox's own, which is an answer. */
const POLL_COMMANDS = [
  { execute: "query-status" },
  { execute: "query-proxmox-support" },
  { execute: "query-blockstats" },
  { execute: "query-machines" },
  { execute: "query-version" },
  { execute: "query-balloon" },
];

/** What came of a period of such calls. */
export interface ToolFigures {
  /** Guests that were asked in polls, and those whose status was complete. */
  readonly asked: number;
  readonly complete: number;
  readonly calls: number;
  readonly failures: readonly string[];
  /** How long each took that was answered, milliseconds. */
  readonly tookMs: readonly number[];
  /** Calls without a greeting for 300 ms while `isOurs` said that the monitor was in our hands. */
  readonly waitedForUs: number;
}

export interface ProxmoxToolsOptions {
  /** Monitors of the guests that run. */
  readonly paths: () => readonly string[];
  /** Monitors that single calls go to, the migration first, the backup second. */
  readonly called: readonly string[];
  readonly pollEveryMs: number;
  /** Whether the broker holds the monitor just now. */
  readonly isOurs: (path: string) => Promise<boolean>;
}

export class ProxmoxTools {
  readonly #options: ProxmoxToolsOptions;
  #asked = 0;
  #complete = 0;
  #calls = 0;
  readonly #failures: string[] = [];
  readonly #tookMs: number[] = [];
  readonly #blames: Promise<boolean>[] = [];
  #endMs = 0;

  constructor(options: ProxmoxToolsOptions) {
    this.#options = options;
  }

  /** Runs everything for so long; resolves when the last call has ended. */
  async run(forMs: number): Promise<ToolFigures> {
    this.#endMs = performance.now() + forMs;
    const [migrating = "", backedUp = "", ...others] = this.#options.called;
    let next = 0;
    await Promise.all([
      this.#every(this.#options.pollEveryMs, () => this.#poll()),
      this.#every(MIGRATION_EVERY_MS, () => this.call(migrating, [{ execute: "query-migrate" }])),
      this.#every(BACKUP_EVERY_MS, () => this.call(backedUp, [{ execute: "query-backup" }])),
      this.#every(CALL_EVERY_MS, () => {
        next = (next + 1) % others.length;
        return this.call(others[next] ?? "", [{ execute: "query-status" }]);
      }),
    ]);
    return {
      asked: this.#asked,
      complete: this.#complete,
      calls: this.#calls,
      failures: this.#failures,
      tookMs: this.#tookMs,
      waitedForUs: (await Promise.all(this.#blames)).filter(Boolean).length,
    };
  }

  /** A single call as `mon_cmd` makes it. Never rejects. */
  async call(path: string, commands: readonly PlatformCommand[]): Promise<void> {
    this.#calls += 1;
    const beganMs = performance.now();
    try {
      const call = await PlatformCall.open(path, CALL_LIMIT_MS);
      await call.ask(commands, this.#watch).finally(() => call.close());
      this.#tookMs.push(performance.now() - beganMs);
    } catch (error) {
      this.#failures.push(String(error));
    }
  }

  /** All connects one after the other, then all answers; then, as until qemu-server 9.0.22, a second connection for each guest. */
  async #poll(): Promise<void> {
    const paths = this.#options.paths();
    const opened: PlatformCall[] = [];
    for (const path of paths) {
      this.#asked += 1;
      const call = await PlatformCall.open(path, POLL_LIMIT_MS).catch(() => undefined);
      if (call !== undefined) opened.push(call);
    }
    const beganMs = performance.now();
    await Promise.all(
      opened.map(async (call) => {
        try {
          await call.ask(POLL_COMMANDS, this.#watch);
          this.#complete += 1;
          this.#tookMs.push(performance.now() - beganMs);
        } catch {
          // pvestatd says nothing of it either: the guest's figures are missing.
        } finally {
          call.close();
        }
      }),
    );
    const answering = paths.filter((path) => this.#options.called.includes(path));
    for (const path of answering) await this.call(path, [{ execute: "query-proxmox-support" }]);
  }

  async #every(everyMs: number, act: () => Promise<void>): Promise<void> {
    while (performance.now() < this.#endMs) {
      const nextMs = performance.now() + everyMs;
      await act();
      await sleep(Math.max(0, nextMs - performance.now()));
    }
  }

  get #watch() {
    return {
      slowAfterMs: SLOW_MS,
      onSlow: (path: string) => void this.#blames.push(this.#options.isOurs(path)),
    };
  }
}
