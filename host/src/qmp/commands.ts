/** Typed subset of the QMP commands in use, each checking the shape of what comes back (qapi/*.json of QEMU). */

import { foreignText } from "../model/foreign-text.ts";
import type { ExecuteOptions, QmpExecutor } from "./client.ts";
import { QmpReplyError } from "./errors.ts";
import { isJsonObject, type JsonObject, reported } from "./json.ts";

/** One entry of `qom-list`; `type` of a child object reads `child<TYPE>`. */
export interface QomEntry {
  readonly name: string;
  readonly type: string;
}

/** `query-status`. */
export interface RunStatus {
  readonly running: boolean;
  /** `RunState` of qapi/run-state.json. */
  readonly status: string;
}

/** The reply to `query-status`. */
export function runStatusOf(reply: unknown): RunStatus {
  if (!isJsonObject(reply) || typeof reply["running"] !== "boolean" || typeof reply["status"] !== "string") {
    throw new QmpReplyError("query-status", "status");
  }
  return { running: reply["running"], status: foreignText(reply["status"]) };
}

/** The reply to `query-migrate`: status of a migration (`MigrationStatus`); absent when there never was one. */
export function migrationStatusOf(reply: unknown): string | undefined {
  if (!isJsonObject(reply)) throw new QmpReplyError("query-migrate", "migration info");
  return typeof reply["status"] === "string" ? foreignText(reply["status"]) : undefined;
}

/** Names of the migration capabilities that are switched on. */
export async function queryMigrationCapabilities(
  qmp: QmpExecutor,
  options?: ExecuteOptions,
): Promise<readonly string[]> {
  const reply = await objectList(qmp, "query-migrate-capabilities", undefined, options);
  return reply
    .filter((entry) => entry["state"] === true)
    .map((entry) => foreignText(String(entry["capability"])));
}

/** `query-memory-size-summary`. */
export interface MemorySummary {
  /** What the guest was started with. */
  readonly baseBytes: number;
  /** All memory devices together: DIMMs, and also nvdimm, virtio-pmem and virtio-mem. */
  readonly pluggedBytes: number;
}

export async function queryMemorySummary(qmp: QmpExecutor, options?: ExecuteOptions): Promise<MemorySummary> {
  return memorySummaryOf(await qmp.execute("query-memory-size-summary", undefined, options));
}

/** The reply to `query-memory-size-summary`. */
export function memorySummaryOf(reply: unknown): MemorySummary {
  const baseBytes = isJsonObject(reply) ? reported(reply["base-memory"]) : undefined;
  if (!isJsonObject(reply) || baseBytes === undefined) {
    throw new QmpReplyError("query-memory-size-summary", "base-memory");
  }
  return { baseBytes, pluggedBytes: reported(reply["plugged-memory"]) ?? 0 };
}

/** The reply to `query-balloon`: the balloon's size in bytes. */
export function balloonSizeOf(reply: unknown): number {
  const actualBytes = isJsonObject(reply) ? reported(reply["actual"]) : undefined;
  if (actualBytes === undefined) throw new QmpReplyError("query-balloon", "actual");
  return actualBytes;
}

/** One entry of `query-memory-devices`. */
export interface MemoryDevice {
  /** `MemoryDeviceInfoKind` of qapi/machine.json: `dimm`, `nvdimm`, `virtio-pmem`, `virtio-mem`, … */
  readonly kind: string;
  readonly sizeBytes: number;
}

/** All memory devices; one whose size QEMU does not tell counts as 0. */
export async function queryMemoryDevices(
  qmp: QmpExecutor,
  options?: ExecuteOptions,
): Promise<readonly MemoryDevice[]> {
  const reply = await objectList(qmp, "query-memory-devices", undefined, options);
  return reply.map(({ type, data }) => ({
    kind: foreignText(String(type)),
    sizeBytes: (isJsonObject(data) ? reported(data["size"]) : undefined) ?? 0,
  }));
}

/** Types of the network back ends, such as `tap` or `vhost-vdpa`: only the monitor for people tells them (`info network`). */
export async function queryNetworkTypes(
  qmp: QmpExecutor,
  options?: ExecuteOptions,
): Promise<readonly string[]> {
  const args = { "command-line": "info network" };
  const reply = await qmp.execute("human-monitor-command", args, options);
  if (typeof reply !== "string") throw new QmpReplyError("human-monitor-command", "text");
  return [...reply.matchAll(/index=\d+,type=([\w-]{1,32})/g)].map(([, type = ""]) => type);
}

/** Types of the block jobs that are under way, such as `backup` or `mirror`. */
export async function queryBlockJobTypes(
  qmp: QmpExecutor,
  options?: ExecuteOptions,
): Promise<readonly string[]> {
  const reply = await objectList(qmp, "query-block-jobs", undefined, options);
  return reply.map(({ type }) => foreignText(String(type)));
}

/** Properties and children of the object at `path`. */
export async function qomList(
  qmp: QmpExecutor,
  path: string,
  options?: ExecuteOptions,
): Promise<readonly QomEntry[]> {
  const entries = await objectList(qmp, "qom-list", { path }, options);
  return entries.map((entry) => ({
    name: foreignText(String(entry["name"])),
    type: foreignText(String(entry["type"])),
  }));
}

/** A property's value, unchecked. */
export function qomGet(
  qmp: QmpExecutor,
  path: string,
  property: string,
  options?: ExecuteOptions,
): Promise<unknown> {
  return qmp.execute("qom-get", { path, property }, options);
}

export async function qomSet(
  qmp: QmpExecutor,
  path: string,
  property: string,
  value: unknown,
  options?: ExecuteOptions,
): Promise<void> {
  await qmp.execute("qom-set", { path, property, value }, options);
}

async function objectList(
  qmp: QmpExecutor,
  command: string,
  args: object | undefined,
  options: ExecuteOptions | undefined,
): Promise<readonly JsonObject[]> {
  const reply = await qmp.execute(command, args, options);
  if (!Array.isArray(reply)) throw new QmpReplyError(command, "list");
  return reply.filter(isJsonObject);
}
