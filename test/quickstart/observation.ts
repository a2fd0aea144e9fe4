/** Owns one observation of everything: what the broker says, what the host holds; pure. */
import type { BrokerEvent } from "../../host/src/model/events.ts";
import type { GuestStatus, Status } from "../../host/src/model/status.ts";

/** The chapters of the story, in their order. */
export type Chapter = "taking" | "burst" | "return";

/** What was seen at one moment. */
export interface Observation {
  /** Since the broker started, milliseconds. */
  readonly atMs: number;
  readonly chapter: Chapter;
  readonly status: Status;
  /** By guest; absent when its process is gone. */
  readonly heldBytes: Readonly<Record<string, number>>;
  /** Time from a demand to its memory as the bursting guest's agent learned it; absent before its first demand. */
  readonly roundTripMs?: number;
}

/** An observation with what is told beside it. */
export interface Picture extends Observation {
  readonly kind: "real" | "simulated";
  readonly headline: string;
  /** Oldest first. */
  readonly events: readonly BrokerEvent[];
}

/** The status of one guest in an observation. */
export function guestIn({ status }: Observation, name: string): GuestStatus | undefined {
  return status.guests.find((guest) => guest.name === name);
}

/** All that the host holds for guests. */
export function heldTogether({ heldBytes }: Observation): number {
  return Object.values(heldBytes).reduce((total, bytes) => total + bytes, 0);
}
