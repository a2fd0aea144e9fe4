/** Tells the fleet of this host, where the config names one. */
import { hostname } from "node:os";
import type { EventLog } from "../broker/event-log.ts";
import type { Config } from "../config/config.ts";
import { FleetPublisher } from "../fleet/publisher.ts";
import type { Status } from "../model/status.ts";

/** Undefined: this host is in no fleet. Nothing of balancing waits for it. */
export function joinFleet(
  { fleet }: Config,
  status: () => Status,
  wallMs: () => number,
  events: EventLog,
): FleetPublisher | undefined {
  if (fleet === undefined) return undefined;
  const onChange = (problem: string | undefined) =>
    problem === undefined
      ? events.add("info", "fleet", "the fleet hears of this host again")
      : events.add("warn", "fleet", `${problem}; balancing goes on without it`);
  const publisher = new FleetPublisher({
    settings: fleet,
    host: fleet.name ?? hostname(),
    status,
    wallMs,
    onChange,
  });
  publisher.start();
  return publisher;
}
