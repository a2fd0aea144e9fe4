/** Runs one broker until a signal stops it. */
import type { Config } from "../config/config.ts";
import type { BrokerLog } from "./log/log.ts";
import { areSameGuests } from "./merge-guests.ts";
import { closeParts, type DaemonParts, openParts } from "./parts.ts";
import { reloadConfig } from "./reload-config.ts";
import type { DaemonSignals } from "./signals.ts";

/** What `ballastd` runs on. */
export interface DaemonOptions {
  /** Path of the config file, read again at each reload. */
  readonly path: string;
  readonly config: Config;
  readonly log: BrokerLog;
  readonly signals: DaemonSignals;
}

/** Runs until SIGTERM, SIGINT or the hand-over's SIGUSR2. SIGHUP reloads. Rejects if the control socket cannot be opened. */
export async function runDaemon({ path, config, log, signals }: DaemonOptions): Promise<void> {
  const parts = await openParts(config, log);
  const { agents, finder } = parts;
  // One after the other: two reloads at a time would mix two configs, a reload and a look two lists of guests.
  let work: Promise<unknown> = startBalancing(parts);
  const inTurn = (task: () => Promise<unknown> | undefined) => {
    work = work.then(task);
    return work;
  };
  signals.onReload(() => {
    void inTurn(() => reloadConfig(path, config, parts));
    void inTurn(() => agents?.reload());
  });
  const unwatch = finder.watch(() => inTurn(() => findGuests(parts)));
  const signal = await signals.stop;
  unwatch();
  await work;
  await closeParts(parts, signal);
}

async function startBalancing({ finder, broker, ksm, history }: DaemonParts): Promise<void> {
  history?.recall();
  await broker.start(await finder.find());
  await ksm.start();
  await history?.start();
}

/** Guests come and go while the settings stay. */
async function findGuests({ finder, broker }: DaemonParts): Promise<void> {
  const entries = await finder.find();
  const known = broker.records().map(({ entry }) => entry);
  if (!areSameGuests(entries, known)) await broker.reconfigure(broker.settings, entries);
}
