/** The seed of a run with faults: another one each time, printed, and given back with `BALLAST_TEST_SEED`. */
import { Random } from "../../host/src/simulate/scenarios/random.ts";

/** Random numbers of the run. */
export function faultSeed(): Random {
  const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 1_000_000);
  process.stdout.write(`BALLAST_TEST_SEED=${seed}\n`);
  return new Random(seed);
}
