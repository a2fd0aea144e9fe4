/** Tells the fleet of this host every few seconds. Balancing waits for nothing here. */
import type { FleetSettings, HostSummary } from "../model/fleet.ts";
import type { Status } from "../model/status.ts";
import { type FleetBucket, keyOf, openBucket } from "./bucket.ts";
import { owedBytes, summarize } from "./summarize.ts";

const PUBLISH_EVERY_MS = 5_000;

export interface PublisherOptions {
  readonly settings: FleetSettings;
  /** Name of this host in the fleet. */
  readonly host: string;
  readonly status: () => Status;
  readonly wallMs: () => number;
  /** Told once when the fleet cannot be reached, and once when it can again. */
  readonly onChange: (problem: string | undefined) => void;
}

export class FleetPublisher {
  readonly #options: PublisherOptions;
  #bucket: FleetBucket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #shortSinceMs: number | undefined;
  /** As last told: undefined is all well, null is nothing told yet. */
  #problem: string | undefined | null = null;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Begins; never rejects. */
  start(): void {
    this.#work = this.#publish().finally(() => {
      if (!this.#closed) this.#timer = setTimeout(() => this.start(), PUBLISH_EVERY_MS);
    });
  }

  /** Ends at once; what is under way is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#bucket?.connection.close();
    await this.#work;
    await this.#bucket?.connection.close();
  }

  async #publish(): Promise<void> {
    const { settings, host } = this.#options;
    try {
      this.#bucket ??= await openBucket(settings);
      await this.#bucket.values.put(keyOf(host), JSON.stringify(this.#summary()));
      this.#tell(undefined);
    } catch (error) {
      if (!this.#closed) this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  #summary(): HostSummary {
    const { host, status, wallMs } = this.#options;
    const [now, atMs] = [status(), wallMs()];
    this.#shortSinceMs = owedBytes(now) > 0 ? (this.#shortSinceMs ?? atMs) : undefined;
    return summarize(now, { host, atMs, shortSinceMs: this.#shortSinceMs });
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) return;
    const isFirst = this.#problem === null;
    this.#problem = problem;
    if (problem !== undefined || !isFirst) this.#options.onChange(problem);
  }
}
