/** The broker's log: pino, JSON, one line a change. Logging never holds up the broker, whatever becomes of the lines. */
import { type Logger, pino } from "pino";
import type { Log } from "../../model/adapters.ts";
import { harmlessJson } from "../../model/foreign-text.ts";
import { LogOutput, type Loss } from "./log-output.ts";
import type { Sink } from "./sink.ts";

/** A log with levels that can be changed by a reload. */
export interface BrokerLog extends Log {
  setLevel(level: "error" | "warn" | "info" | "debug"): void;
  /** Resolves when all lines are written, or cannot be within a second. */
  drain(): Promise<void>;
  /** For the end of the process: writes at once what can be. */
  flush(): void;
}

/** Lines go to `sink`; errors that are logged may quote foreign texts, so each line is made harmless. */
export function createLog(level: "error" | "warn" | "info" | "debug", sink: Sink): BrokerLog {
  // At the level of errors: a reader must know that lines are missing, whichever it asked for.
  const onLoss = (loss: Loss) => logger.error({ kind: "log", ...loss }, lossText(loss));
  const output = new LogOutput({ sink, onLoss });
  const logger: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => output.write(harmlessJson(line)) },
  );
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
    setLevel: (wanted) => {
      logger.level = wanted;
    },
    drain: () => output.drain(),
    flush: () => output.flush(),
  };
}

function lossText({ droppedLines, code }: Loss): string {
  const why = code === undefined ? "its reader did not keep up" : `it could not be written (${code})`;
  if (droppedLines === 0) return `the log was delayed: ${why}`;
  return `${droppedLines} ${droppedLines === 1 ? "line" : "lines"} of the log were dropped: ${why}`;
}
