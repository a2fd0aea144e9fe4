/** `ballast balloon GUEST SIZE|auto [--for 10m]`: sets a manual target, or ends it. */

import { UsageError } from "../../exit.ts";
import type { ControlClient } from "../client/control-client.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface BalloonOptions {
  readonly json?: boolean;
  /** How long the target holds, milliseconds; absent: until it is ended. */
  readonly for?: number;
}

export async function setBalloon(
  client: ControlClient,
  name: string,
  target: number | "auto",
  { json, for: forMs }: BalloonOptions,
  terminal: Terminal,
): Promise<void> {
  if (target === "auto" && forMs !== undefined)
    throw new UsageError("--for has no meaning with auto: leave it out");
  const done = await client.setBalloon(name, target, forMs);
  if (json) return printJson(terminal, done);
  terminal.out(done.text);
}
