/** `history`, `explain --at` and `top --at`: what the broker remembers. */
import type { ControlClient } from "../client/control-client.ts";
import { formatHistory, formatMoment } from "../format/history.ts";
import { formatStep } from "../format/step.ts";
import { printJson, type Terminal } from "../terminal.ts";

/** A moment is explained by the steps before it: an hour is the longest. */
const BEFORE_MOMENT_MS = 2 * 3_600_000;

export interface PastOptions {
  readonly json?: boolean;
  /** How far back, milliseconds. */
  readonly since: number;
}

export async function showHistory(
  client: ControlClient,
  name: string,
  { json, since }: PastOptions,
  terminal: Terminal,
): Promise<void> {
  const untilMs = Date.now();
  const history = await client.history(name, untilMs - since, untilMs);
  if (json) return printJson(terminal, history);
  for (const line of formatHistory(history, untilMs - since, untilMs, terminal.paint)) terminal.out(line);
}

/** What the guest had at a moment, and its last moves before. */
export async function explainMoment(
  client: ControlClient,
  name: string,
  atMs: number,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const history = await client.history(name, Math.max(0, atMs - BEFORE_MOMENT_MS), atMs + 1);
  if (json) return printJson(terminal, history);
  for (const line of formatMoment(history, atMs, terminal.paint)) terminal.out(line);
}

/** What all guests had at a moment. */
export async function topAt(
  client: ControlClient,
  atMs: number,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const step = await client.moment(atMs);
  if (json) return printJson(terminal, step);
  for (const line of formatStep(step, terminal.paint)) terminal.out(line);
}
