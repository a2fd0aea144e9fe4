/** What the page knows of the broker, from one answer to the next; pure. */
import type { BrokerEvent } from "../../src/model/events.ts";
import type { Status } from "../../src/model/status.ts";
import { type Histories, remember } from "./history.ts";

/** Events that are kept, newest first. */
const MOST_EVENTS = 50;

export interface Feed {
  /** The last that was heard; absent before the first answer. */
  readonly status?: Status;
  /** When it was heard: wall clock, as are all times here. */
  readonly heardAtMs?: number;
  /** Absent: the broker answers. */
  readonly awaySinceMs?: number;
  readonly events: readonly BrokerEvent[];
  readonly histories: Histories;
}

export const NOTHING_HEARD: Feed = { events: [], histories: new Map() };

/** The broker answered. */
export function heard(feed: Feed, status: Status, events: readonly BrokerEvent[], atMs: number): Feed {
  return {
    status,
    heardAtMs: atMs,
    events: mergeEvents(feed.events, events),
    histories: remember(feed.histories, status, atMs),
  };
}

/** The broker did not answer. It has been away since its last answer, or since the page first asked. */
export function unheard(feed: Feed, atMs: number): Feed {
  return { ...feed, awaySinceMs: feed.awaySinceMs ?? feed.heardAtMs ?? atMs };
}

/** The `after` of the next question: it lets the newest known event come again, so that a restart can be told by its absence. */
export function afterOf({ events }: Feed): number {
  return Math.max(0, (events[0]?.id ?? 0) - 1);
}

/** A broker that was started anew counts its events from 1: what is known is of the one before, and all are asked for again. */
export function isOfAnother(feed: Feed, answer: readonly BrokerEvent[]): boolean {
  const newest = feed.events[0];
  if (newest === undefined) return false;
  const again = answer.find(({ id }) => id === newest.id);
  return again === undefined ? answer.length === 0 : again.atMs !== newest.atMs;
}

function mergeEvents(known: readonly BrokerEvent[], answer: readonly BrokerEvent[]): BrokerEvent[] {
  const newest = known[0]?.id ?? 0;
  const fresh = answer.filter(({ id }) => id > newest);
  return [...fresh.toReversed(), ...known].slice(0, MOST_EVENTS);
}
