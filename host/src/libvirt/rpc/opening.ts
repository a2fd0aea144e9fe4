/** How a connection to libvirtd is opened: authenticate, agree on keep-alive, open the driver. */
import { LibvirtAuthError, LibvirtError } from "./errors.ts";
import { AUTH_LIST, AUTH_POLKIT, type Caller, CONNECT_OPEN, CONNECT_SUPPORTS_FEATURE } from "./procedures.ts";
import { bytesOf } from "./wire.ts";

/** `remote_auth_type`. */
const AUTH = { none: 0, sasl: 1, polkit: 2 } as const;
/** `VIR_DRV_FEATURE_PROGRAM_KEEPALIVE`: asked for, libvirtd begins to look whether its client is alive. */
const KEEPALIVE_FEATURE = 10;

/** Rejects with a `LibvirtError`. */
export async function openConnection(
  caller: Caller,
  { path, uri }: { readonly path: string; readonly uri: string },
  deadlineMs: number,
): Promise<void> {
  const { types } = await caller.call(AUTH_LIST, {}, { deadlineMs });
  await authenticate(caller, path, types, deadlineMs);
  await caller.call(CONNECT_SUPPORTS_FEATURE, { feature: KEEPALIVE_FEATURE }, { deadlineMs });
  await caller.call(CONNECT_OPEN, { name: bytesOf(uri), flags: 0 }, { deadlineMs });
}

/** libvirtd offers what it accepts from this user: nothing to root, polkit or SASL to others. */
async function authenticate(
  caller: Caller,
  path: string,
  types: readonly number[],
  deadlineMs: number,
): Promise<void> {
  if (types.length === 0 || types.includes(AUTH.none)) return;
  if (!types.includes(AUTH.polkit))
    throw new LibvirtAuthError(path, "it accepts SASL alone, which is not spoken here");
  try {
    await caller.call(AUTH_POLKIT, {}, { deadlineMs });
  } catch (error) {
    const problem = error instanceof LibvirtError ? error.message : String(error);
    throw new LibvirtAuthError(path, problem, error);
  }
}
