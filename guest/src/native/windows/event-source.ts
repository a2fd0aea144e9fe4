/** Makes the event log show the agent's lines as they are. */
import type { Koffi } from "../koffi.ts";
import { openLibraries } from "./system.ts";
import { wideText } from "./text-and-pointers.ts";
import { Win32Error } from "./win32-error.ts";

/** HKEY_LOCAL_MACHINE as a handle: its number with its sign. */
const LOCAL_MACHINE = -2147483646;
const KEY_WRITE = 0x2_0006;
const REG_EXPAND_SZ = 2;
const REG_DWORD = 4;
const ERROR_AND_WARNING_AND_INFORMATION = 7;
const FOLDER = "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application";
/** Comes with every Windows; its messages 1 to 1000 are the text that was reported, and nothing else. */
const MESSAGE_FILE = "%SystemRoot%\\System32\\EventCreate.exe";

/** Registers the source; may be repeated. Throws a `Win32Error`. */
export function addEventSource(koffi: Koffi, source: string): void {
  const { advapi32 } = openLibraries(koffi);
  const create = advapi32(
    "int RegCreateKeyExW(intptr_t key, str16 path, uint32_t reserved, void *type, uint32_t options, uint32_t access, void *security, _Out_ intptr_t *opened, void *what)",
  );
  const set = advapi32(
    "int RegSetValueExW(intptr_t key, str16 name, uint32_t reserved, uint32_t type, void *data, uint32_t size)",
  );
  const opened = [0];
  const path = `${FOLDER}\\${source}`;
  const error = create(LOCAL_MACHINE, path, 0, null, 0, KEY_WRITE, null, opened, null);
  if (error !== 0) throw new Win32Error(`HKLM\\${path} cannot be written`, error);
  const file = wideText(MESSAGE_FILE);
  set(opened[0], "EventMessageFile", 0, REG_EXPAND_SZ, file, file.length);
  const types = Buffer.alloc(4);
  types.writeUInt32LE(ERROR_AND_WARNING_AND_INFORMATION);
  set(opened[0], "TypesSupported", 0, REG_DWORD, types, types.length);
  advapi32("int RegCloseKey(intptr_t key)")(opened[0]);
}

/** Events that are in the log already stay there. */
export function removeEventSource(koffi: Koffi, source: string): void {
  openLibraries(koffi).advapi32("int RegDeleteKeyW(intptr_t key, str16 path)")(
    LOCAL_MACHINE,
    `${FOLDER}\\${source}`,
  );
}
