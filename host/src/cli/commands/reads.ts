/** `status`, `explain` and `info`: one request, one answer printed. */
import type { ControlClient } from "../client/control-client.ts";
import { formatExplanation } from "../format/explain.ts";
import { formatInfo } from "../format/info.ts";
import { formatStatus } from "../format/status.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface ReadOptions {
  readonly json?: boolean;
}

export async function showStatus(
  client: ControlClient,
  { json }: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const status = await client.status();
  if (json) return printJson(terminal, status);
  for (const line of formatStatus(status, terminal.paint)) terminal.out(line);
}

export async function explainGuest(
  client: ControlClient,
  name: string,
  { json }: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const explanation = await client.explain(name);
  if (json) return printJson(terminal, explanation);
  for (const line of formatExplanation(explanation, terminal.paint)) terminal.out(line);
}

export async function showInfo(
  client: ControlClient,
  name: string,
  { json }: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const info = await client.info(name);
  if (json) return printJson(terminal, info);
  for (const line of formatInfo(info, terminal.paint)) terminal.out(line);
}
