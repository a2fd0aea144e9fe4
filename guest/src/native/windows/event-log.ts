/** The agent's lines in Windows' event log (Application, source BallastAgent). */
import type { LogLevel } from "../../log.ts";
import type { Koffi } from "../koffi.ts";
import { openLibraries } from "./system.ts";
import { wideText, writePointer } from "./text-and-pointers.ts";

/** winnt.h: EVENTLOG_ERROR_TYPE, EVENTLOG_WARNING_TYPE, EVENTLOG_INFORMATION_TYPE. */
const TYPES: Readonly<Record<LogLevel, number>> = { error: 1, warn: 2, info: 4, debug: 4 };
/** Of eventcreate.exe, whose messages are the text alone (see event-source.ts). */
const EVENT_ID = 1;

/** Writes one line, and tells whether it was taken; absent where there is no event log. */
export function openEventLog(
  koffi: Koffi,
  source: string,
): ((level: LogLevel, text: string) => boolean) | undefined {
  const { advapi32 } = openLibraries(koffi);
  const handle = advapi32("intptr_t RegisterEventSourceW(void *server, str16 source)")(null, source);
  if (handle === 0) return undefined;
  const report = advapi32(
    "int ReportEventW(intptr_t log, uint16_t type, uint16_t category, uint32_t id, void *user, uint16_t strings, uint32_t size, void *text, void *data)",
  );
  return (level, text) => {
    const words = wideText(text);
    const list = Buffer.alloc(8);
    writePointer(koffi, list, 0, words);
    return report(handle, TYPES[level], 0, EVENT_ID, null, 1, 0, list, null) !== 0;
  };
}
