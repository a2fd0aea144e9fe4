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

export async function queryStatus(qmp: QmpExecutor, options?: ExecuteOptions): Promise<RunStatus> {
  const reply = await qmp.execute("query-status", undefined, options);
  if (!isJsonObject(reply) || typeof reply["running"] !== "boolean" || typeof reply["status"] !== "string") {
    throw new QmpReplyError("query-status", "status");
  }
  return { running: reply["running"], status: foreignText(reply["status"]) };
}

/** Status of a migration (`MigrationStatus`); absent when there never was one. */
export async function queryMigrationStatus(
  qmp: QmpExecutor,
  options?: ExecuteOptions,
): Promise<string | undefined> {
  const reply = await qmp.execute("query-migrate", undefined, options);
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

/** Full size of the guest's memory: what it was started with and what was plugged since. */
export async function queryMemoryBytes(qmp: QmpExecutor, options?: ExecuteOptions): Promise<number> {
  const reply = await qmp.execute("query-memory-size-summary", undefined, options);
  const base = isJsonObject(reply) ? reported(reply["base-memory"]) : undefined;
  if (!isJsonObject(reply) || base === undefined) {
    throw new QmpReplyError("query-memory-size-summary", "base-memory");
  }
  return base + (reported(reply["plugged-memory"]) ?? 0);
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
