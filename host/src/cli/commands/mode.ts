/** `ballast act GUEST|--all` and `ballast observe GUEST|--all`: switch guests at run time. */
import { UsageError } from "../../exit.ts";
import type { Mode } from "../../model/settings.ts";
import type { ControlClient } from "../client/control-client.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface ModeOptions {
  readonly json?: boolean;
  /** All guests that there are now. */
  readonly all?: boolean;
}

export async function setMode(
  client: ControlClient,
  mode: Mode,
  name: string | undefined,
  { json, all = false }: ModeOptions,
  terminal: Terminal,
): Promise<void> {
  if (all === (name !== undefined)) throw new UsageError(`name one guest, or write ballast ${mode} --all`);
  const done = await client.setMode(mode, name);
  if (json) return printJson(terminal, done);
  terminal.out(done.text);
}
