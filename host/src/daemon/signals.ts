/** The signals that end or reload `ballastd`. Imports nothing: it must be ready before anything slow is loaded. */

/** Asks for an end at which another broker goes on: balloons stay as they are, whatever `onStop` says. A package sends it before an upgrade. */
export const HAND_OVER = "SIGUSR2";

export interface DaemonSignals {
  /** Resolves with the first SIGTERM, SIGINT or {@link HAND_OVER}, even if it came before the call. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Calls `reload` for each SIGHUP from now on, and at once if one came before. */
  onReload(reload: () => void): void;
}

/** Catches the signals from this moment on. A SIGHUP without a handler would end the process. */
export function catchSignals(signals: Pick<NodeJS.EventEmitter, "on" | "once"> = process): DaemonSignals {
  let reload: (() => void) | undefined;
  let isReloadMissed = false;
  signals.on("SIGHUP", () => {
    if (reload === undefined) isReloadMissed = true;
    else reload();
  });
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", HAND_OVER] as const)
      signals.once(signal, () => resolve(signal));
  });
  return {
    stop,
    onReload: (handler) => {
      reload = handler;
      if (isReloadMissed) handler();
      isReloadMissed = false;
    },
  };
}
