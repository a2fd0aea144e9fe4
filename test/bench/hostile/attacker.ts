/** An attack in a thread of its own, so that it takes no time of what is measured beside it; told the guest's size whenever it changes. */
import { parentPort, workerData } from "node:worker_threads";
import { ATTACKS } from "../../testbed/hostile-guest.ts";
import { RelayedPort } from "../../testbed/hostile-relay.ts";

/** What the thread is started with. */
export interface AttackOrder {
  /** Name of one of {@link ATTACKS}. */
  readonly attack: string;
  /** The host's end of the port that it comes in by. */
  readonly path: string;
  readonly fullBytes: number;
}

const STEP_MS = 20;

const { attack, path, fullBytes } = workerData as AttackOrder;
const port = await RelayedPort.open(path);
let sizeBytes = fullBytes;
let step = 0;
parentPort?.on("message", (bytes: number) => {
  sizeBytes = bytes;
});
setInterval(() => {
  step += 1;
  // Its ports are full: what waits here would never reach the broker.
  if (port.waitingBytes > 0) return;
  if (port.session === undefined) port.hello();
  ATTACKS[attack]?.(port, { sizeBytes, fullBytes, step });
}, STEP_MS);
