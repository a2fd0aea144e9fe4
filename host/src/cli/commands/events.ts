/** `ballast events`: the broker's events, once or as they come. */
import type { FeedLine } from "../../api/past.ts";
import type { ControlClient } from "../client/control-client.ts";
import { formatEvent, formatLoss } from "../format/events.ts";
import { printJsonLine, type Terminal } from "../terminal.ts";

export interface EventsOptions {
  readonly json?: boolean;
  readonly follow?: boolean;
  /** How many past events are shown first. */
  readonly limit: number;
}

/** With `--json` one object a line, also without `--follow`. */
export async function showEvents(
  client: ControlClient,
  { json, follow, limit }: EventsOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const show = (line: FeedLine) => {
    if (json) return printJsonLine(terminal, line);
    terminal.out("dropped" in line ? formatLoss(line.dropped) : formatEvent(line, terminal.paint));
  };
  if (follow) return client.follow(limit, show, signal);
  for (const event of await client.events(limit)) show(event);
}
