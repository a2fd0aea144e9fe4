/** Windows' events and waiting for them. */
import type { Koffi } from "../koffi.ts";
import type { WaitCalls } from "./event-watch.ts";
import { declareBlocking, openLibraries } from "./system.ts";

const FALSE = 0;
const INFINITE = 0xffff_ffff;

export function openWaitCalls(koffi: Koffi): WaitCalls {
  const { kernel32 } = openLibraries(koffi);
  const create = kernel32("intptr_t CreateEventW(void *security, int manual, int set, void *name)");
  const set = kernel32("int SetEvent(intptr_t event)");
  const prototype = "uint32_t WaitForMultipleObjects(uint32_t count, void *handles, int all, uint32_t ms)";
  const wait = declareBlocking(koffi, "kernel32.dll", prototype);
  return {
    createEvent: () => create(null, FALSE, FALSE, null),
    setEvent: (event) => void set(event),
    waitForAny: (handles, count, done) => wait(count, handles, FALSE, INFINITE, done),
  };
}
