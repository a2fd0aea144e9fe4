/** Runs the agent as a Windows service: its important lines go to the event log. */
import type { LogLevel } from "../log.ts";
import type { Koffi } from "../native/koffi.ts";
import { openEventLog } from "../native/windows/event-log.ts";
import { enterService } from "../native/windows/service-process.ts";
import { ERROR, Win32Error } from "../native/windows/win32-error.ts";
import type { RunningService } from "../platform/platform.ts";
import { ServiceError } from "./service-manager.ts";
import { SERVICE_NAME } from "./windows-service.ts";

/** Throws a `ServiceError` when this process was not started by the service manager. */
export async function enterLoggedService(koffi: Koffi): Promise<RunningService> {
  try {
    const process = await enterService(koffi, SERVICE_NAME);
    const report = openEventLog(koffi, SERVICE_NAME);
    return {
      log: (level: LogLevel, text: string) => report?.(level, text) ?? false,
      onStop: (stop) => process.onStop(stop),
      stopped: () => process.stopped(),
      failed: () => process.failed(),
    };
  } catch (cause) {
    if (cause instanceof Win32Error && cause.number === ERROR.notStartedByServiceManager)
      throw new ServiceError('--service is for Windows\' service manager: use "ballast-agent run"', {
        cause,
      });
    throw cause;
  }
}
