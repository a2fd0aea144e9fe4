/** A demand tells what it was decided on: newer than the guest's last report, and all of one moment. */
import type { GuestDemand, GuestFacts } from "../../model/guest.ts";

/** The guest as its demand shows it. What only reports tell stays as it was. */
export function asDemanded(facts: GuestFacts, demand: GuestDemand): GuestFacts {
  const { report } = facts;
  const { availableBytes, receivedAtMs } = demand;
  if (report === undefined || availableBytes === undefined) return facts;
  // A figure of the report that the demand does not tell again is older than those that it would be added to.
  const { arcAvailableBytes: _arc, balloonBytes: _balloon, ...lasting } = report;
  const { arcAvailableBytes, balloonBytes, growthBytesPerSecond } = demand;
  return {
    ...facts,
    report: {
      ...lasting,
      ...(arcAvailableBytes !== undefined && { arcAvailableBytes }),
      ...(balloonBytes !== undefined && { balloonBytes }),
      ...(growthBytesPerSecond !== undefined && { growthBytesPerSecond }),
      availableBytes,
      receivedAtMs,
    },
  };
}
