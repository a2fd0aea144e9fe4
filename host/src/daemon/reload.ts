/** Whether a changed config is accepted while the broker runs. A file that lost its content must not end the balancing. Pure. */
import type { Config } from "../config/config.ts";
import type { WrittenParts } from "../config/parse.ts";

/** What the broker does now. */
export interface RunningState {
  readonly mode: "observe" | "act";
  readonly guests: readonly string[];
}

/** What the new file says, and how it is written. */
export interface ReloadRequest {
  readonly config: Config;
  readonly written: WrittenParts;
}

/** Why the file is refused and what to write instead. Undefined: it is accepted. */
export function reloadRefusal(running: RunningState, { config, written }: ReloadRequest): string | undefined {
  if (written.isEmpty) return "the file is empty: write at least `mode`";
  if (!written.endsInLineBreak)
    return "the file does not end with a line break, as a file that was cut: end its last line";
  if (running.mode === "act" && config.policy.mode === "observe" && !written.hasMode)
    return "the file does not say `mode`, which would stop balancing: write `mode: observe` or `mode: act`";
  const wanted = new Set(config.guests.map(({ name }) => name));
  const gone = running.guests.filter((name) => !wanted.has(name)).length;
  // If up to half of the guests are gone, the host has changed. If more are gone, the file is probably broken.
  if (gone * 2 <= running.guests.length || config.allowRemoval) return undefined;
  return `${gone} of ${running.guests.length} guests are gone from the file: write guests.allowRemoval: true if that is meant`;
}
