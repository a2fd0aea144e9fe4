/** `ballast act GUEST|--all`, `ballast observe GUEST|--all` and the way back, `ballast follow GUEST|--all`: switch guests at run time. */
import { UsageError } from "../../exit.ts";
import type { ModeChoice } from "../../model/settings.ts";
import type { ControlClient } from "../client/control-client.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface ModeOptions {
  readonly json?: boolean;
  /** All guests that there are now. */
  readonly all?: boolean;
}

/** The command that makes each choice. */
export const MODE_COMMANDS = { act: "act", observe: "observe", config: "follow" } as const satisfies Record<
  ModeChoice,
  string
>;

export async function setMode(
  client: ControlClient,
  choice: ModeChoice,
  name: string | undefined,
  { json, all = false }: ModeOptions,
  terminal: Terminal,
): Promise<void> {
  if (all === (name !== undefined))
    throw new UsageError(`name one guest, or write ballast ${MODE_COMMANDS[choice]} --all`);
  const done = await client.setMode(choice, name);
  if (json) return printJson(terminal, done);
  terminal.out(done.text);
}
