/** `status`, `explain` and `info`: one request, one answer printed. */
import type { Explanation, GuestInfo, Status } from "../../model/status.ts";
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
  const status = await client.get<Status>("/v1/status");
  if (json) return printJson(terminal, status);
  for (const line of formatStatus(status, terminal.paint)) terminal.out(line);
}

export async function explainGuest(
  client: ControlClient,
  name: string,
  { json }: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const explanation = await client.get<Explanation>(guestPath(name, "explain"));
  if (json) return printJson(terminal, explanation);
  for (const line of formatExplanation(explanation, terminal.paint)) terminal.out(line);
}

export async function showInfo(
  client: ControlClient,
  name: string,
  { json }: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const info = await client.get<GuestInfo>(guestPath(name, "info"));
  if (json) return printJson(terminal, info);
  for (const line of formatInfo(info, terminal.paint)) terminal.out(line);
}

export function guestPath(name: string, verb: string): string {
  return `/v1/guests/${encodeURIComponent(name)}/${verb}`;
}
