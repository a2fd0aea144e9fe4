/** What machines and agents tell unasked, taken into the records. */
import type { GuestDemand } from "../model/guest.ts";
import type { AgentListener, Clock, MachineListener } from "../model/ports.ts";
import type { Diary } from "./diary.ts";
import type { GuestRecord } from "./guest-record.ts";
import type { Intake } from "./intake.ts";

/** What listening needs. */
export interface EarsOptions {
  readonly clock: Clock;
  readonly diary: Diary;
  readonly intake: Intake;
  /** Absent for a guest that was dismissed. */
  readonly record: (name: string) => GuestRecord | undefined;
  readonly onDemand: (record: GuestRecord, demand: GuestDemand) => void;
  readonly onReset: (record: GuestRecord) => void;
}

export class Ears {
  readonly #options: EarsOptions;

  constructor(options: EarsOptions) {
    this.#options = options;
  }

  machine(name: string): MachineListener {
    const { clock, diary, record, onReset } = this.#options;
    return {
      onBalloonChange: (actualBytes) => record(name)?.sawActual(actualBytes, clock.nowMs()),
      onReset: () => {
        const reset = record(name);
        if (reset === undefined) return;
        const isNews = reset.wasReset(clock.nowMs());
        if (isNews) diary.note("info", "guest", "it was reset: a new boot begins", name);
        onReset(reset);
      },
      onConnection: (connected) => record(name)?.connectionChanged(connected),
    };
  }

  agent(name: string): AgentListener {
    const { diary, intake, record, onDemand } = this.#options;
    return {
      onReport: (report) => {
        const speaking = record(name);
        if (speaking?.heard(report)) intake.watchOomKills(speaking, report.oomKillsTotal);
      },
      onDemand: (demand) => {
        const asking = record(name);
        if (asking !== undefined) onDemand(asking, demand);
      },
      onSession: (level, text) => diary.note(level, "agent", text, name),
    };
  }
}
