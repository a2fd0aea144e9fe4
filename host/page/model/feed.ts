/** What the page knows of the broker, from one message of the stream to the next; pure. */
import type { BrokerEvent } from "../../src/model/events.ts";
import type { Status } from "../../src/model/status.ts";
import { applyDelta } from "../../src/model/status-delta.ts";
import type { StreamMessage } from "../../src/model/stream.ts";
import { type Histories, remember } from "./history.ts";

/** Events that are kept, newest first. */
const MOST_EVENTS = 50;

export interface Feed {
  /** The last that was heard; absent before the first snapshot. */
  readonly status?: Status;
  /** When it was heard: wall clock, as are all times here. */
  readonly heardAtMs?: number;
  /** Absent: the broker is heard. */
  readonly awaySinceMs?: number;
  /** Why the broker ended the stream, in its words. */
  readonly awayReason?: string;
  readonly events: readonly BrokerEvent[];
  readonly histories: Histories;
}

export const NOTHING_HEARD: Feed = { events: [], histories: new Map() };

/** The broker told something. */
export function heard(feed: Feed, message: StreamMessage, atMs: number): Feed {
  if (message.type === "event") return { ...feed, events: newest([...feed.events, message.event]) };
  if (message.type === "snapshot")
    return known({ ...feed, events: newest(message.events) }, message.status, atMs);
  return feed.status === undefined ? feed : known(feed, applyDelta(feed.status, message), atMs);
}

/** The broker is not heard, since its last word or since the page first asked. */
export function unheard(feed: Feed, atMs: number, reason = ""): Feed {
  const { awayReason: _, ...rest } = feed;
  return {
    ...rest,
    awaySinceMs: feed.awaySinceMs ?? feed.heardAtMs ?? atMs,
    ...(reason !== "" && { awayReason: reason }),
  };
}

function known({ events, histories }: Feed, status: Status, atMs: number): Feed {
  return { status, heardAtMs: atMs, events, histories: remember(histories, status, atMs) };
}

function newest(events: readonly BrokerEvent[]): BrokerEvent[] {
  return events.toSorted((a, b) => b.id - a.id).slice(0, MOST_EVENTS);
}
