/** `ballast events`: one line an event. */
import type { BrokerEvent } from "../../model/events.ts";
import type { Paint, Style } from "./paint.ts";
import { formatTime } from "./sizes.ts";

const LEVEL_STYLES: Readonly<Record<string, Style>> = { warn: "warn", error: "bad" };
const LEVEL_WIDTH = "error".length;
const GUEST_WIDTH = 12;

export function formatEvent({ atMs, level, guest, text }: BrokerEvent, paint: Paint): string {
  const shownLevel = paint(LEVEL_STYLES[level], level.padEnd(LEVEL_WIDTH));
  return `${formatTime(atMs)}  ${shownLevel}  ${(guest ?? "-").padEnd(GUEST_WIDTH)}  ${text}`;
}

export function formatLoss(dropped: number): string {
  return `(${dropped} events were lost here: they came faster than they were read)`;
}
