/** What is wrong with a guest, in words for the admin. The status shows it while it lasts; one event tells its beginning. */
import { formatMib, MIB } from "../model/bytes.ts";
import type { Inhibition, OtherController } from "../model/guest.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestProblem, GuestRecord } from "./guest-record.ts";
import { INHIBITION_TEXTS } from "./wording.ts";

/** At most this many texts of one problem become events before it ends: a problem whose text changes must not fill the events. */
const MAX_TEXTS = 4;

/** With these a balloon frees no memory of the host. */
const PINNED: ReadonlySet<Inhibition> = new Set(["vfio", "hugepages", "locked-memory"]);
/** A smaller difference may be rounding. */
const WORTH_TELLING_BYTES = 16 * MIB;

const BLIND =
  "nothing tells what it needs, so nothing is taken from it: no agent reports, and its balloon driver gives no statistics";

const UNSEEN =
  "its QEMU process is not found, or one process serves several guests, so what it holds is unknown and it counts with its whole size; run ballastd as root and outside of containers, with ss (iproute2) installed";

const OTHER_GONE = "no other program moves its balloon any more: it is balanced again";

const BALANCED = "it is balanced from now on";

function otherText({ suspect }: OtherController): string {
  const advice = suspect ?? "stop it, or exclude the guest with shares: 0";
  return `another program moves its balloon, so it is left alone: ${advice}`;
}

/** All problems, the worst first. `blindAfterMs`: a shorter time without figures is no problem. */
export function problemsOf(record: GuestRecord, nowMs: number, blindAfterMs: number): GuestProblem[] {
  const { problem } = record.monitorFacts;
  if (problem !== undefined) return [warning("qemu", problem, "its QEMU answers again")];
  const problems = record.monitorFacts.inhibitions.flatMap((inhibition) =>
    fromInhibition(inhibition, record),
  );
  const { failure, other } = record.balloon;
  if (failure !== undefined)
    problems.unshift(warning("command", failure.problem, "its QEMU takes balloon commands again"));
  if (other !== undefined) problems.push(warning("other-controller", otherText(other), OTHER_GONE));
  const { contradiction } = record.boot;
  if (contradiction !== undefined) {
    problems.push(warning("report", contradiction, "what it tells of its memory agrees with QEMU again"));
  }
  const { leftAlone, lock } = record.entry;
  if (leftAlone !== undefined)
    problems.push(warning("left-alone", `it is left alone: ${leftAlone}`, BALANCED));
  if (lock !== undefined) problems.push(platformLock(lock));
  const isBlind = record.blindSinceMs !== undefined && nowMs - record.blindSinceMs >= blindAfterMs;
  if (isBlind && problems.length === 0) problems.push(warning("blind", BLIND, "what it needs is known"));
  const isUnseen = record.unseenSinceMs !== undefined && nowMs - record.unseenSinceMs >= blindAfterMs;
  if (isUnseen) problems.push(warning("process", UNSEEN, "its QEMU process is found"));
  return problems;
}

function platformLock(lock: string): GuestProblem {
  const text = `its platform has locked it (${lock}): nothing is taken from it meanwhile`;
  return {
    key: "platform-lock",
    level: "info",
    text,
    over: "its platform's lock is gone: its balloon may move",
  };
}

function fromInhibition(inhibition: Inhibition, record: GuestRecord): GuestProblem[] {
  const words = INHIBITION_TEXTS[inhibition];
  if (words === undefined) return [];
  const over = `no longer ${inhibition}: its balloon may move`;
  const text = PINNED.has(inhibition) ? `${words.text}${wayBack(record)}` : words.text;
  return [{ key: inhibition, level: words.lasting ? "warn" : "info", text, over }];
}

/** With pinned memory a balloon costs its guest memory and gives the host none: this says how to give it back. */
function wayBack(record: GuestRecord): string {
  const { name } = record.entry;
  const { actualBytes } = record.balloon;
  const limits = record.limits();
  if (limits === undefined || actualBytes === undefined) return "";
  const fullMib = Math.floor(limits.maxBytes / MIB);
  if (limits.maxBytes - actualBytes < WORTH_TELLING_BYTES) return "";
  return `; its balloon is inflated to ${formatMib(actualBytes)} all the same: ballast balloon ${name} ${fullMib}MiB gives that back, ballast balloon ${name} auto afterwards`;
}

function warning(key: string, text: string, over: string): GuestProblem {
  return { key, level: "warn", text, over };
}

/** The texts of one problem that became events since it began. */
interface Told {
  readonly texts: Set<string>;
  readonly over: string;
}

/** Adds an event at the beginning and at the end of each problem. */
export class ProblemReporter {
  readonly #events: EventLog;
  /** By guest, then by key. */
  readonly #told = new Map<string, Map<string, Told>>();

  constructor(events: EventLog) {
    this.#events = events;
  }

  /** Compares with the problems of the last tick. */
  tell(name: string, problems: readonly GuestProblem[]): void {
    const told = this.#told.get(name) ?? new Map<string, Told>();
    this.#told.set(name, told);
    for (const problem of problems) this.#begin(name, told, problem);
    // While QEMU cannot be reached, it is not known whether the guest's other problems are over.
    if (!problems.some(({ key }) => key === "qemu")) this.#end(name, told, problems);
  }

  /** The guest is no longer managed. */
  forget(name: string): void {
    this.#told.delete(name);
  }

  #begin(name: string, told: Map<string, Told>, { key, level, text, over }: GuestProblem): void {
    const { texts } = told.get(key) ?? { texts: new Set<string>() };
    told.set(key, { texts, over });
    if (texts.has(text) || texts.size >= MAX_TEXTS) return;
    texts.add(text);
    this.#events.add(level, "problem", text, name);
  }

  #end(name: string, told: Map<string, Told>, problems: readonly GuestProblem[]): void {
    for (const [key, { over }] of told) {
      if (problems.some((problem) => problem.key === key)) continue;
      told.delete(key);
      this.#events.add("info", "guest", over, name);
    }
  }
}
