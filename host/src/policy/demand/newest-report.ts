/** A demand replaces the figures of the guest's last report: a demand is newer, and its figures belong together. */
import type { GuestDemand, GuestFacts } from "../../model/guest.ts";

/** The guest's facts with the figures of its demand. What only reports contain stays as it was. */
export function asDemanded(facts: GuestFacts, demand: GuestDemand): GuestFacts {
  const { report } = facts;
  const { availableBytes, receivedAtMs } = demand;
  if (report === undefined || availableBytes === undefined) return facts;
  // A figure that the demand does not repeat is older than the figures that it would be added to.
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
