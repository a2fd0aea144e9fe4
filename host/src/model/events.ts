/** One event of the broker, shown by `ballast events`. */
export interface BrokerEvent {
  /** Counts up by one from the broker's start. */
  readonly id: number;
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly level: "info" | "warn" | "error";
  readonly guest?: string;
  /** Machine-readable kind. */
  readonly kind: EventKind;
  readonly text: string;
}

/** What an event is about: a closed set. */
export const EVENT_KINDS = [
  "started",
  "stopping",
  "reloaded",
  "reload-refused",
  "regime",
  "move",
  "demand",
  "agent",
  "guest",
  "fleet",
  "inventory",
  "history",
  "manual",
  "mode",
  "other-controller",
  "policy",
  "ksm",
  "problem",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
