/** Owns the bursts of a real guest without agent: what the balloon's statistics alone can save. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { guestRam } from "../testbed/guest-ram.ts";
import { Scene } from "../testbed/scene.ts";
import { type BurstResult, burst } from "./squeeze.ts";

const FULL_MIB = 512;
const ROOMY_MIB = 4_096;
/** What a short host leaves the guest: less than its floor. */
const SHORT_MIB = 200;
const SQUEEZE_MS = 15_000;
const REREAD_MS = 1_000;
const FILL_TIMEOUT_MS = 60_000;
/** QEMU takes whole seconds: the shortest is one. */
const POLLING_SECONDS = 1;
const TUNING = { holdAfterDemand: "1s", bootProtect: "1s", holdAfterTurn: "100s" };

/** One burst, and what the guest had before it. */
export interface BlindBurst extends BurstResult {
  readonly squeezedBytes: number;
}

/** The bursts of one guest that was booted for them: nothing had been learned before the first. */
export interface BlindGuest {
  readonly first: BlindBurst;
  readonly next: BlindBurst;
}

/**
 * Two bursts at one rate in a new guest. Before each the host runs short, so that the broker squeezes the guest as far as it does without
 * being asked; then the host has memory again, and the burst begins. The driver's statistics come each second.
 */
export async function blindBursts(rate: number): Promise<BlindGuest> {
  const scene = await Scene.open({
    guests: [{ name: "blind", agent: false }],
    broker: { budgetMib: ROOMY_MIB, tuning: TUNING },
    warmUp: async ([guest]) => {
      await guest?.execute("qom-set", {
        path: "/machine/peripheral/balloon0",
        property: "guest-stats-polling-interval",
        value: POLLING_SECONDS,
      });
    },
  });
  try {
    const first = await burstAfterShortage(scene, rate);
    await scene.broker.hold("blind", FULL_MIB * MIB);
    const isFull = ({ actualBytes }: GuestStatus) => actualBytes === FULL_MIB * MIB;
    await scene.broker.until("blind", "full", isFull, FILL_TIMEOUT_MS);
    await scene.broker.hold("blind", "auto");
    return { first, next: await burstAfterShortage(scene, rate) };
  } finally {
    await scene.close();
  }
}

async function burstAfterShortage(scene: Scene, rate: number): Promise<BlindBurst> {
  const squeezedBytes = await squeezeByShortage(scene);
  return { ...(await burst(scene.guest("blind"), rate)), squeezedBytes };
}

/** Gives the guest's size after it. */
async function squeezeByShortage(scene: Scene): Promise<number> {
  const guest = scene.guest("blind");
  const inside = guestRam(guest.pid, FULL_MIB * MIB)?.residentBytes ?? 0;
  const besideMib = Math.max(0, ((guest.residentBytes() ?? 0) - inside) / MIB);
  setBudget(scene, Math.round(besideMib + SHORT_MIB));
  await sleep(SQUEEZE_MS);
  const squeezed = await guest.balloonActual();
  setBudget(scene, ROOMY_MIB);
  await sleep(REREAD_MS);
  return squeezed;
}

function setBudget(scene: Scene, budgetMib: number): void {
  scene.broker.configure({ budgetMib });
  scene.broker.signal("SIGHUP");
}
