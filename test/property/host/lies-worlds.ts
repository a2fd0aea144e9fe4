/** Worlds in which honest guests need no more than their fair share: nobody's lie may cost them anything. */
import fc from "fast-check";
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { overheadBytes } from "../../../host/src/simulate/guest/guest.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { peakNeedBytes } from "../../../host/src/simulate/scenarios/needs.ts";
import { worldArbitrary, worlds } from "./random-worlds.ts";

export const SEED = 20_261_129;
const WORLD = worldArbitrary({ restless: true, troubled: false, streams: false }, [100, 160], 60_000);
/** Besides its own memory a guest costs its host what QEMU holds and what it may draw before it is seen. */
const COST_BYTES = 128 * MIB;

/** Whether each guest but the first needs no more than its fair share of the host, at any time. */
function areHonestOnesModest({ guests, host }: Scenario): boolean {
  const budgetBytes = (host.totalBytes - 1024 * MIB) * 0.85 - guests.length * COST_BYTES;
  const shares = sum(guests, (plan) => plan.shares);
  return (
    guests.length > 1 &&
    guests
      .slice(1)
      .every(
        (plan) =>
          Math.max(plan.minBytes, peakNeedBytes(plan)) + overheadBytes(plan) <=
          (budgetBytes * plan.shares) / shares,
      )
  );
}

export const TRIED = fc
  .sample(WORLD, { numRuns: 4000, seed: SEED })
  .filter(areHonestOnesModest)
  .slice(0, worlds(100));
