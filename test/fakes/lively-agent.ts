/** An agent that tells the truth about a fake guest, again and again, until it is told to be silent. */
import { onTestFinished } from "vitest";
import { FakeAgentPort } from "./fake-agent-port.ts";
import type { FakeGuestMonitor } from "./fake-guest-monitor.ts";
import type { ScriptedAgent } from "./scripted-agent.ts";

const HEARTBEAT_MS = 50;
const HOUR_MS = 3_600_000;

export interface LivelyAgentOptions {
  readonly bootId?: string;
  /** How long the guest has been up; an hour. */
  readonly uptimeMs?: number;
}

export class LivelyAgent<Port extends ScriptedAgent = FakeAgentPort> {
  readonly port: Port;
  /** What it tells of the guest's cache; nothing. */
  cache: { readonly cacheBytes?: number; readonly activeCacheBytes?: number } = {};
  readonly #machine: FakeGuestMonitor;
  #bornAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Speaks over `port`, without a word yet. */
  constructor(port: Port, machine: FakeGuestMonitor) {
    this.port = port;
    this.#machine = machine;
    onTestFinished(() => this.silence());
  }

  /** Listens on `path`, without a word. */
  static async listen(path: string, machine: FakeGuestMonitor): Promise<LivelyAgent> {
    return new LivelyAgent(await FakeAgentPort.listen(path), machine);
  }

  /** Begins a session and reports from then on. */
  async live(options: LivelyAgentOptions = {}): Promise<void> {
    this.#bornAtMs = performance.now() - (options.uptimeMs ?? HOUR_MS);
    await this.port.begin({ bootId: options.bootId ?? "boot-1" });
    this.report();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.report(), HEARTBEAT_MS);
  }

  /** Goes on listening, and says nothing. */
  silence(): void {
    clearInterval(this.#timer);
  }

  /** One true report. */
  report(): void {
    const { memoryBytes, actualBytes, usedBytes } = this.#machine;
    this.port.say({
      type: "report",
      sampledAtMs: Math.round(performance.now() - this.#bornAtMs),
      totalBytes: actualBytes,
      availableBytes: Math.max(0, actualBytes - usedBytes),
      // The rest of what is available is cache.
      freeBytes: Math.max(0, actualBytes - usedBytes) / 2,
      balloonBytes: memoryBytes - actualBytes,
      ...this.cache,
      pressure: "none",
    });
  }
}
