/** What is wrong with a guest, in words for the admin: shown in the status while it lasts, told in the diary once. */
import type { Inhibition } from "../model/guest.ts";
import type { Diary } from "./diary.ts";
import type { GuestRecord, Trouble } from "./guest-record.ts";
import { INHIBITION_TEXTS } from "./phrases.ts";

/** So many texts of one trouble are told before its end: a trouble that changes its words must not fill the diary. */
const MAX_TEXTS = 4;

const BLIND =
  "nothing tells what it needs, so nothing is taken from it: no agent reports, and its balloon driver gives no statistics";

/** The worst first; `blindAfterMs`: the first moments without news are no trouble. */
export function troublesOf(record: GuestRecord, nowMs: number, blindAfterMs: number): Trouble[] {
  const { problem } = record.machineFacts;
  if (problem !== undefined) return [warning("qemu", problem, "its QEMU answers again")];
  const troubles = record.machineFacts.inhibitions.flatMap(fromInhibition);
  if (record.commandFailure !== undefined) {
    troubles.unshift(
      warning("command", record.commandFailure.problem, "its QEMU takes balloon commands again"),
    );
  }
  if (record.contradiction !== undefined) {
    troubles.push(
      warning("report", record.contradiction, "what it tells of its memory agrees with QEMU again"),
    );
  }
  const isBlind = record.blindSinceMs !== undefined && nowMs - record.blindSinceMs >= blindAfterMs;
  if (isBlind && troubles.length === 0) troubles.push(warning("blind", BLIND, "what it needs is known"));
  return troubles;
}

function fromInhibition(inhibition: Inhibition): Trouble[] {
  const words = INHIBITION_TEXTS[inhibition];
  if (words === undefined) return [];
  const over = `no longer ${inhibition}: its balloon may move`;
  return [{ key: inhibition, level: words.lasting ? "warn" : "info", text: words.text, over }];
}

function warning(key: string, text: string, over: string): Trouble {
  return { key, level: "warn", text, over };
}

/** What was told of one trouble since it began. */
interface Told {
  readonly texts: Set<string>;
  readonly over: string;
}

/** Tells the diary of each trouble's beginning and end. */
export class TroubleTeller {
  readonly #diary: Diary;
  /** By guest, then by key. */
  readonly #told = new Map<string, Map<string, Told>>();

  constructor(diary: Diary) {
    this.#diary = diary;
  }

  /** Compares with what was told before. */
  tell(name: string, troubles: readonly Trouble[]): void {
    const told = this.#told.get(name) ?? new Map<string, Told>();
    this.#told.set(name, told);
    for (const trouble of troubles) this.#begin(name, told, trouble);
    // Of a guest that cannot be asked nobody knows whether its other troubles are over.
    if (!troubles.some(({ key }) => key === "qemu")) this.#end(name, told, troubles);
  }

  /** The guest is no longer ours. */
  forget(name: string): void {
    this.#told.delete(name);
  }

  #begin(name: string, told: Map<string, Told>, { key, level, text, over }: Trouble): void {
    const { texts } = told.get(key) ?? { texts: new Set<string>() };
    told.set(key, { texts, over });
    if (texts.has(text) || texts.size >= MAX_TEXTS) return;
    texts.add(text);
    this.#diary.note(level, "problem", text, name);
  }

  #end(name: string, told: Map<string, Told>, troubles: readonly Trouble[]): void {
    for (const [key, { over }] of told) {
      if (troubles.some((trouble) => trouble.key === key)) continue;
      told.delete(key);
      this.#diary.note("info", "guest", over, name);
    }
  }
}
