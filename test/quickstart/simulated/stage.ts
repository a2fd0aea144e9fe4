/** Owns the stage without QEMU: simulated guests behind real sockets, driven by the real broker. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIB } from "../../../host/src/model/bytes.ts";
import { TestBroker } from "../../testbed/broker.ts";
import { Cleanup } from "../../testbed/host.ts";
import { BURSTING_GUEST, CACHE_MIB, GUEST_MIB, IDLE_GUESTS, MIN_MIB, RESERVE_MIB, TUNING } from "../plot.ts";
import type { Opening, Stage } from "../stage.ts";
import { SimulatedGuest } from "./guest.ts";

/** Less than the guests' maxima, and enough for all that they use while one of them bursts. */
const BUDGET_MIB = 1_000;
const AGENT_LIMIT_MS = 30_000;

/** Starts guests and broker; `tuning` overrides the story's. Rejects when one of it fails, with nothing left running. */
export async function openSimulatedStage(
  { say, signal }: Opening,
  tuning: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const cleanup = new Cleanup();
  try {
    const folder = await mkdtemp(join(tmpdir(), "bl-"));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const guests = await startGuests(folder, cleanup);
    say(`simulating ${guests.map(({ name }) => name).join(", ")}: ${GUEST_MIB} MiB each`);
    const broker = await TestBroker.start({
      folder,
      guests: guests.map(({ name, qmpPath, agentPath }) => ({ name, qmpPath, agentPath, minMib: MIN_MIB })),
      budgetMib: BUDGET_MIB,
      reserveMib: RESERVE_MIB,
      // There are no processes whose memory could be counted: what guests may take counts.
      accounting: "strict",
      tuning: { ...TUNING, ...tuning },
    });
    cleanup.add(() => broker.stop());
    signal.throwIfAborted();
    await Promise.all(guests.map(({ name }) => agentReports(broker, name)));
    return { kind: "simulated", broker, guests, pids: [broker.pid], folder, close: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function startGuests(folder: string, cleanup: Cleanup): Promise<SimulatedGuest[]> {
  const started: SimulatedGuest[] = [];
  for (const name of [...IDLE_GUESTS, BURSTING_GUEST]) {
    const cacheBytes = name === BURSTING_GUEST ? 0 : CACHE_MIB * MIB;
    const guest = await SimulatedGuest.start({ name, folder, fullBytes: GUEST_MIB * MIB, cacheBytes });
    cleanup.add(() => guest.stop());
    started.push(guest);
  }
  return started;
}

async function agentReports(broker: TestBroker, name: string): Promise<void> {
  await broker.until(name, "reporting", ({ usedBytes }) => usedBytes !== undefined, AGENT_LIMIT_MS);
}
