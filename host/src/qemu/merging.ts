/** Whether a guest's memory may be merged by KSM, and switching that: the property `merge` of QEMU's memory backends (qapi/qom.json). */
import type { Merging } from "../model/ksm.ts";
import type { QmpExecutor } from "../qmp/client.ts";
import { type QomEntry, qomGet, qomList, qomSet } from "../qmp/commands.ts";
import { QmpCommandError } from "../qmp/errors.ts";

const MAX_BACKENDS = 64;
const BACKENDS = "/objects";
/** Switching off unmerges the guest's pages before QEMU answers. */
const SWITCH_DEADLINE_MS = 25_000;

/** Asks QEMU; `hugepages`: the guest's memory is on huge pages, which KSM never scans. Rejects with a `QmpError`. */
export async function surveyMerging(qmp: QmpExecutor, hugepages: boolean): Promise<Merging> {
  const backends = await listBackends(qmp);
  const states = await Promise.all(backends.map(async (path) => ({ path, ...(await stateOf(qmp, path)) })));
  const known = states.filter(({ merge }) => merge !== undefined);
  const on = known.some(({ merge, shared }) => merge === true && !shared);
  if (known.length === 0) return { on: false, obstacle: "no-backend" };
  if (hugepages) return { on, obstacle: "hugepages" };
  // QEMU says `merge: true` of shared memory as well, but the kernel never merges it.
  return known.every(({ shared }) => shared) ? { on: false, obstacle: "shared-memory" } : { on };
}

/** Switches every backend that is not shared. Rejects with a `QmpError`. */
export async function switchMerging(qmp: QmpExecutor, on: boolean): Promise<void> {
  for (const path of await listBackends(qmp)) {
    const { merge, shared } = await stateOf(qmp, path);
    if (merge === undefined || shared || merge === on) continue;
    await qomSet(qmp, path, "merge", on, { deadlineMs: SWITCH_DEADLINE_MS });
  }
}

async function listBackends(qmp: QmpExecutor): Promise<string[]> {
  const entries = (await unlessRefused(qomList(qmp, BACKENDS))) ?? [];
  return entries
    .filter(isBackend)
    .map(({ name }) => `${BACKENDS}/${name}`)
    .slice(0, MAX_BACKENDS);
}

function isBackend({ type }: QomEntry): boolean {
  return type.startsWith("child<memory-backend-");
}

async function stateOf(
  qmp: QmpExecutor,
  path: string,
): Promise<{ readonly merge: boolean | undefined; readonly shared: boolean }> {
  const [merge, share] = await Promise.all(
    ["merge", "share"].map((property) => unlessRefused(qomGet(qmp, path, property))),
  );
  return { merge: typeof merge === "boolean" ? merge : undefined, shared: share === true };
}

/** Versions of QEMU differ: a refused query means unknown, not an error. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof QmpCommandError) return undefined;
    throw error;
  }
}
