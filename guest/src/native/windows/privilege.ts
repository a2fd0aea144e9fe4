/** Takes the privilege without which Windows does not show its lists of pages. */
import type { Declare } from "./system.ts";

const TOKEN_ADJUST_PRIVILEGES = 0x20;
const TOKEN_QUERY = 0x8;
const SE_PRIVILEGE_ENABLED = 2;
const THIS_PROCESS = -1;
const PRIVILEGE = "SeProfileSingleProcessPrivilege";

/** Administrators and services have it, switched off. Without it the lists are refused, and then absent. */
export function allowMemoryLists(kernel32: Declare, advapi32: Declare): void {
  const openToken = advapi32(
    "int OpenProcessToken(intptr_t process, uint32_t access, _Out_ intptr_t *token)",
  );
  const lookUp = advapi32("int LookupPrivilegeValueW(void *system, str16 name, void *luid)");
  const adjust = advapi32(
    "int AdjustTokenPrivileges(intptr_t token, int none, void *wanted, uint32_t size, void *before, void *needed)",
  );
  const close = kernel32("int CloseHandle(intptr_t handle)");
  const token = [0];
  if (openToken(THIS_PROCESS, TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, token) === 0) return;
  // TOKEN_PRIVILEGES: count, then a LUID of 8 bytes and its attributes.
  const wanted = Buffer.alloc(16);
  wanted.writeUInt32LE(1, 0);
  wanted.writeUInt32LE(SE_PRIVILEGE_ENABLED, 12);
  if (lookUp(null, PRIVILEGE, wanted.subarray(4, 12)) !== 0) adjust(token[0], 0, wanted, 0, null, null);
  close(token[0]);
}
