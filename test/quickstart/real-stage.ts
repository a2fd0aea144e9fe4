/** Owns the stage with real guests: three in QEMU with the agent inside, two of them with a page cache that is not read any more. */
import { MIB } from "../../host/src/model/bytes.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { Scene } from "../testbed/scene.ts";
import { BURSTING_GUEST, CACHE_MIB, GUEST_MIB, IDLE_GUESTS, MIN_MIB, RESERVE_MIB, TUNING } from "./plot.ts";
import type { Burst, BurstRun, Opening, Stage, StageGuest } from "./stage.ts";

/** Beyond what the guests hold when the broker starts: the reserve, what each might draw at once, and next to nothing for a burst. */
const ROOM_MIB = 300;
const SCRATCH_MIB = CACHE_MIB + 50;
const FILL_LIMIT_MS = 60_000;
/** Writes the file, forgets it, and reads it back once. */
const FILL = [
  `dd if=/dev/zero of=/scratch/data bs=1M count=${CACHE_MIB}`,
  "sync",
  "echo 1 >/proc/sys/vm/drop_caches",
  "cat /scratch/data >/dev/null",
].join(" && ");

/** Boots the guests, fills the caches and starts the broker; rejects when one of it fails, with nothing left running. */
export async function openRealStage({ say, signal }: Opening, outlive: boolean): Promise<Stage> {
  const names = [...IDLE_GUESTS, BURSTING_GUEST];
  say(`booting ${names.join(", ")}: ${GUEST_MIB} MiB each, with the agent inside …`);
  const scene = await Scene.open({
    guests: [
      ...IDLE_GUESTS.map((name) => ({ name, memoryMib: GUEST_MIB, scratch: { sizeMib: SCRATCH_MIB } })),
      { name: BURSTING_GUEST, memoryMib: GUEST_MIB },
    ],
    minMib: MIN_MIB,
    outlive,
    warmUp: async (guests) => {
      signal.throwIfAborted();
      await Promise.all(guests.map((guest) => warmUp(guest, say)));
      signal.throwIfAborted();
    },
    broker: {
      budgetMib: (residentMib) => residentMib + ROOM_MIB,
      reserveMib: RESERVE_MIB,
      tuning: TUNING,
    },
  });
  return {
    kind: "real",
    broker: scene.broker,
    guests: scene.guests.map(stageGuest),
    pids: [scene.broker.pid, ...scene.guests.map(({ pid }) => pid)],
    folder: scene.folder,
    close: () => scene.close(),
  };
}

async function warmUp(guest: TestGuest, say: (line: string) => void): Promise<void> {
  const { totalBytes = 0, availableBytes = 0 } = await guest.meminfo();
  const figures = `${mib(availableBytes)} of its ${mib(totalBytes)} MiB available`;
  say(`${guest.name} is up: ${figures}, QEMU is process ${guest.pid}`);
  if (guest.name === BURSTING_GUEST) return;
  await guest.run(FILL, { timeoutMs: FILL_LIMIT_MS });
  const { cachedBytes = 0 } = await guest.meminfo();
  say(`${guest.name} has read a file once: ${mib(cachedBytes)} MiB are page cache now`);
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}

function stageGuest(guest: TestGuest): StageGuest {
  return {
    name: guest.name,
    heldBytes: () => guest.residentBytes(),
    oomKills: async () => (await guest.oomKills()).count,
    startBurst: (burst) => startBurst(guest, burst),
  };
}

function startBurst(guest: TestGuest, burst: Burst): Promise<BurstRun> {
  const { mebibytes, mebibytesPerSecond, holdSeconds } = burst;
  const args = ["--mb", mebibytes, "--rate-mb-s", mebibytesPerSecond, "--hold-s", holdSeconds];
  return guest.spawnWorkload(["burst", ...args]);
}
