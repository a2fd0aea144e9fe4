/**
 * `ballastd` with all its parts, whose history is written as fast as it can be: each sample is ten seconds later by its wall clock. Its
 * arguments are the config and the wall clock's first moment. It prints a line before the history is opened, then the time of each
 * sample that was written.
 */
import type * as loading from "../../host/src/config/load.ts";
import type * as logging from "../../host/src/daemon/log/log.ts";
import type * as sinks from "../../host/src/daemon/log/sink.ts";
import type * as daemonParts from "../../host/src/daemon/parts.ts";
import { FINE } from "../../host/src/history/levels.ts";

const STDERR = 2;
/** Between two samples; the broker works meanwhile. */
const PAUSE_MS = 1;

/** What is compiled loads in a third of the time of the sources. */
const built = <T>(path: string) =>
  import(new URL(`../../host/dist/${path}.js`, import.meta.url).href) as Promise<T>;
const { loadConfig } = await built<typeof loading>("config/load");
const { createLog } = await built<typeof logging>("daemon/log/log");
const { openSink } = await built<typeof sinks>("daemon/log/sink");
const { openParts } = await built<typeof daemonParts>("daemon/parts");

let wallMs = Number(process.argv[3]);
Date.now = () => wallMs;
const loaded = await loadConfig(process.argv[2] ?? "");
if (!loaded.ok) throw new RangeError("the config is wrong");
const { broker, finder, history } = await openParts(loaded.config, createLog("info", openSink(STDERR)));
await broker.start(await finder.find());
process.stdout.write("opens\n");
const write = () => {
  history?.record();
  process.stdout.write(`${wallMs}\n`);
  wallMs += FINE.stepMs;
  setTimeout(write, PAUSE_MS);
};
write();
