/** Takes events of monitors and agents into the guests' records. */

import type { AgentListener, Clock, MonitorListener } from "../model/adapters.ts";
import type { GuestDemand } from "../model/guest.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestPoller } from "./guest-poller.ts";
import type { GuestRecord } from "./guest-record.ts";
import type { OtherControllers } from "./other-controllers.ts";

/** What the event handlers need. */
export interface GuestEventsOptions {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly poller: GuestPoller;
  readonly otherControllers: OtherControllers;
  /** Undefined for a guest that was dismissed. */
  readonly record: (name: string) => GuestRecord | undefined;
  /** Something new is known of a guest, which the next decision takes in. */
  readonly onNews: (name: string) => void;
  readonly onDemand: (record: GuestRecord, demand: GuestDemand) => void;
  /** `isNews` is false for a second event of the same reset. */
  readonly onReset: (record: GuestRecord, isNews: boolean) => void;
  /** Memory may have been plugged or unplugged: the guest must be observed soon. */
  readonly onMemoryDoubted: () => void;
}

export class GuestEvents {
  readonly #options: GuestEventsOptions;

  constructor(options: GuestEventsOptions) {
    this.#options = options;
  }

  monitor(name: string): MonitorListener {
    const { clock, events, record, onNews, onReset, otherControllers } = this.#options;
    return {
      onBalloonChange: (actualBytes) => {
        onNews(name);
        const moved = record(name);
        if (moved !== undefined) otherControllers.saw(moved, actualBytes, clock.nowMs());
      },
      onReset: () => {
        onNews(name);
        const reset = record(name);
        if (reset === undefined) return;
        const isNews = reset.wasReset(clock.nowMs());
        if (isNews) events.add("info", "guest", "it was reset: a new boot begins", name);
        onReset(reset, isNews);
      },
      onMemoryDoubted: () => this.#memoryDoubted(name),
      onConnection: (connected) => {
        onNews(name);
        record(name)?.connectionChanged(connected, clock.nowMs());
      },
    };
  }

  agent(name: string): AgentListener {
    const { clock, events, poller, record, onNews, onDemand } = this.#options;
    return {
      fullBytes: () => record(name)?.monitorFacts.maxBytes,
      uncountedBytes: () => record(name)?.monitorFacts.uncountedBytes ?? 0,
      onSizeDoubted: () => this.#memoryDoubted(name),
      onBoot: (bootId) => {
        onNews(name);
        record(name)?.heardBoot(bootId, clock.nowMs());
      },
      onReport: (report) => {
        onNews(name);
        const speaking = record(name);
        if (speaking?.heard(report)) poller.watchOomKills(speaking, report.oomKillsTotal);
      },
      onDemand: (demand) => {
        const asking = record(name);
        if (asking !== undefined) onDemand(asking, demand);
      },
      onSession: (level, text) => events.add(level, "agent", text, name),
    };
  }

  #memoryDoubted(name: string): void {
    const { clock, record, onMemoryDoubted } = this.#options;
    if (record(name)?.doubtedMemory(clock.nowMs()) === true) onMemoryDoubted();
  }
}
