/** The broker's log: pino, JSON on standard output, one line a change. */
import { type Logger, pino } from "pino";
import type { Log } from "../model/adapters.ts";

/** A log with levels that can be changed by a reload. */
export interface BrokerLog extends Log {
  setLevel(level: "error" | "warn" | "info" | "debug"): void;
}

/** Writes synchronously: the last line before an end is the one that is wanted. */
export function createLog(level: "error" | "warn" | "info" | "debug"): BrokerLog {
  const logger: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  );
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
    setLevel: (wanted) => {
      logger.level = wanted;
    },
  };
}
