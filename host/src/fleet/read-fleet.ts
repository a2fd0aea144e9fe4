/** Reads once what all hosts of the fleet told last. */
import type { FleetSettings, HostSummary } from "../model/fleet.ts";
import { openBucket } from "./bucket.ts";
import { readSummary } from "./read-summary.ts";

/** By name of the host. Values that are no summaries are left out. @throws {FleetError} */
export async function readFleet(settings: FleetSettings): Promise<HostSummary[]> {
  const { connection, values } = await openBucket(settings);
  try {
    const summaries: HostSummary[] = [];
    for await (const key of await values.keys()) {
      const entry = await values.get(key);
      const summary = entry?.operation === "PUT" ? readSummary(entry.value) : undefined;
      if (summary !== undefined) summaries.push(summary);
    }
    return summaries.sort((a, b) => (a.host < b.host ? -1 : 1));
  } finally {
    await connection.close();
  }
}
