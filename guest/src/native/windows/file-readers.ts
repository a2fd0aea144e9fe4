/** Tells whether others may read a file with a secret. */
import type { Koffi } from "../koffi.ts";
import { otherReaders } from "./access-list.ts";
import { openLibraries } from "./system.ts";

const OWNER_SECURITY_INFORMATION = 1;
const DACL_SECURITY_INFORMATION = 4;
/** A list of access rights has 64 KiB at most. */
const LARGEST_DESCRIPTOR_BYTES = 2 * 65_536;

/** Gives what the admin has to do about a file that others may read; absent for a file that they may not read. */
export function fileReaders(koffi: Koffi): (path: string) => string | undefined {
  const { advapi32, lastError } = openLibraries(koffi);
  const getSecurity = advapi32(
    "int GetFileSecurityW(str16 path, uint32_t what, void *descriptor, uint32_t size, _Out_ uint32_t *needed)",
  );
  return (path) => {
    const descriptor = Buffer.alloc(LARGEST_DESCRIPTOR_BYTES);
    const what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    if (getSecurity(path, what, descriptor, descriptor.length, [0]) === 0)
      return `its access list cannot be read (Windows error ${lastError()})`;
    const others = otherReaders(descriptor);
    if (others === "everybody") return `its file system or its access list restricts nobody: ${remedy(path)}`;
    return others.length === 0 ? undefined : `${others.join(", ")}: ${remedy(path)}`;
  };
}

/** By SIDs, because the names of groups are translated. */
function remedy(path: string): string {
  return `icacls "${path}" /inheritance:r /grant:r *S-1-5-18:F *S-1-5-32-544:F`;
}
