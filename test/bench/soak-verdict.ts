/** What grew in a soak; pure. */
import { MIB } from "../../host/src/model/bytes.ts";

/** Figures of a broker at one moment. */
export interface SoakSample {
  readonly residentBytes: number;
  readonly handles: number;
  readonly historyBytes: number;
  readonly logBytes: number;
  /** Guests whose agents are heard. */
  readonly agents: number;
}

/** Garbage comes and goes: the least of many minutes is what stays. */
const RESIDENT_SLACK = 1.1;
/** A scan of `/proc` or an answer may be under way. */
const HANDLE_SLACK = 8;
/** Of 200 guests: 0.5 GiB a year, most of it of the first two days, and as much again for the journal that is not merged yet. */
const HISTORY_BYTES_A_MINUTE = 0.25 * MIB;
const JOURNAL_BYTES = 16 * MIB;
/** Some tens of lines a minute: what is logged belongs to what happens, not to ticks. */
const LOG_BYTES_A_MINUTE = 0.25 * MIB;

/** In words, what is larger at the end than it may be; one sample a minute, the first after the start has settled. */
export function growthOf(samples: readonly SoakSample[]): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const third = Math.max(1, Math.floor(samples.length / 3));
  const least = (part: readonly SoakSample[]) => Math.min(...part.map((sample) => sample.residentBytes));
  const [early, late] = [least(samples.slice(0, third)), least(samples.slice(-third))];
  const minutes = samples.length - 1;
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  return [
    // So few samples tell nothing of memory that comes and goes.
    ...(samples.length >= 6 && late > early * RESIDENT_SLACK
      ? [`resident memory, from ${mib(early)} to ${mib(late)}`]
      : []),
    ...(last.handles > first.handles + HANDLE_SLACK
      ? [`handles, from ${first.handles} to ${last.handles}`]
      : []),
    ...(last.historyBytes > JOURNAL_BYTES + first.historyBytes + minutes * HISTORY_BYTES_A_MINUTE
      ? [`the history, from ${mib(first.historyBytes)} to ${mib(last.historyBytes)}`]
      : []),
    ...(last.logBytes > first.logBytes + Math.max(1, minutes) * LOG_BYTES_A_MINUTE
      ? [`the log, from ${mib(first.logBytes)} to ${mib(last.logBytes)}`]
      : []),
    ...(last.agents < first.agents
      ? [`guests that are not heard any more, by ${first.agents - last.agents}`]
      : []),
  ];
}
