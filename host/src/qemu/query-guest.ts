/** One look at a guest's QEMU: the questions asked each time, sent in one write. */

import { isMigrating } from "../balloon/inhibitions.ts";
import type { Command, Commands } from "../qmp/client.ts";
import {
  balloonSizeOf,
  type MemorySummary,
  memorySummaryOf,
  migrationStatusOf,
  queryBlockJobTypes,
  queryMigrationCapabilities,
  type RunStatus,
  runStatusOf,
} from "../qmp/commands.ts";
import { QmpCommandError } from "../qmp/errors.ts";
import { isJsonObject } from "../qmp/json.ts";
import { type GuestStats, parseGuestStats } from "./guest-stats.ts";
import type { BalloonDevice } from "./hardware.ts";
import { unlessRefused } from "./merging.ts";
import type { MonitorClient } from "./monitor-link.ts";

const QUESTIONS: Commands = [
  { command: "query-status" },
  { command: "query-migrate" },
  { command: "query-memory-size-summary" },
];
const QUERY_BALLOON: Command = { command: "query-balloon" };

export interface Look {
  readonly run: RunStatus;
  readonly migration: string | undefined;
  readonly capabilities: readonly string[];
  readonly memory: MemorySummary;
  /** Absent without a balloon device. */
  readonly actualBytes?: number;
  readonly stats?: GuestStats;
}

/** What events tell of at once, and where none come is asked each time. */
export interface Unheard {
  /** Absent without a balloon device, and where QEMU does not tell. */
  readonly driverOk: boolean | undefined;
  /** Absent where QEMU does not tell. */
  readonly jobTypes: readonly string[] | undefined;
}

/** A look, and what no event told of, asked in one write. Rejects as {@link look} does. */
export async function lookWithoutEvents(
  client: MonitorClient,
  balloon: BalloonDevice | undefined,
  deadlineMs: number,
): Promise<readonly [Look, Unheard]> {
  return client.batch(async () => {
    const [seen, driverOk, jobTypes] = await Promise.all([
      look(client, balloon, deadlineMs),
      balloon && queryDriverOk(client, balloon.virtioPath, deadlineMs),
      unlessRefused(queryBlockJobTypes(client, { deadlineMs })),
    ]);
    return [seen, { driverOk, jobTypes }];
  });
}

/** Asks all at once; rejects with a `QmpError` as soon as one answer is missing. */
export async function look(
  client: MonitorClient,
  balloon: BalloonDevice | undefined,
  deadlineMs: number,
): Promise<Look> {
  const options = { deadlineMs };
  const [status, migrate, memory, size, untrustedStats] = await client.executeAll(
    balloon === undefined ? QUESTIONS : [...QUESTIONS, QUERY_BALLOON, statsQuestion(balloon)],
    options,
  );
  const migration = migrationStatusOf(migrate);
  const capabilities = isMigrating(migration) ? await queryMigrationCapabilities(client, options) : [];
  const common = { run: runStatusOf(status), migration, capabilities, memory: memorySummaryOf(memory) };
  return balloon === undefined
    ? common
    : { ...common, actualBytes: balloonSizeOf(size), stats: parseGuestStats(untrustedStats) };
}

function statsQuestion({ path }: BalloonDevice): Command {
  return { command: "qom-get", args: { path, property: "guest-stats" } };
}

/** Whether the driver set DRIVER_OK; `undefined` where QEMU (before 7.2) cannot tell. */
export async function queryDriverOk(
  client: MonitorClient,
  virtioPath: string,
  deadlineMs: number,
): Promise<boolean | undefined> {
  try {
    const reply = await client.execute("x-query-virtio-status", { path: virtioPath }, { deadlineMs });
    const status = isJsonObject(reply) && isJsonObject(reply["status"]) ? reply["status"] : {};
    const bits = status["statuses"];
    return Array.isArray(bits) ? bits.some((bit) => String(bit).includes("DRIVER_OK")) : undefined;
  } catch (error) {
    if (error instanceof QmpCommandError) return undefined;
    throw error;
  }
}
