/** Scenarios in which many guests need much memory at once. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { Phase } from "../scenario.ts";
import type { Random } from "./random.ts";
import {
  type Change,
  guest,
  host,
  minutes,
  named,
  rest,
  seconds,
  several,
  work,
} from "./scenario-builder.ts";

const RUNNERS = 10;
const LANES = 4;

/** Build machines that need all or nothing. */
export const CI_BURST = named(
  {
    name: "ci-burst",
    title: "CI burst",
    description:
      "Ten build runners of 14 GiB on 64 GiB; four jobs run at a time, each takes 6 to 11 GiB within seconds (0.3 to 2 GB/s), " +
      "reads its sources once, and lets go after one to four minutes. A good controller gives in one step and takes back what a finished job left.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    host: host(64 * GIB, 3 * GIB),
    guests: jobs(random, minutes(40)).map((changes, i) =>
      guest(
        `runner${i + 1}`,
        14 * GIB,
        work({ anonBytes: 500 * MIB, busy: false, touchBytesPerSecond: GIB }, ...changes),
        { minBytes: 1.5 * GIB },
      ),
    ),
  }),
);

/** Each runner's jobs: lanes of jobs one after the other, each on a runner that is free. */
function jobs(random: Random, endMs: number): Change[][] {
  const runners = several(RUNNERS, () => ({ freeAtMs: 0, changes: [] as Change[] }));
  const lanes = several(LANES, (number) => seconds(20) * number);
  for (;;) {
    const startMs = Math.min(...lanes);
    if (startMs >= endMs) return runners.map(({ changes }) => changes);
    const lengthMs = seconds(random.whole(60, 240));
    const runner = random.pick(runners.filter(({ freeAtMs }) => freeAtMs <= startMs));
    runner.changes.push(
      {
        fromMs: startMs,
        busy: true,
        anonBytes: Math.round((6 + 5 * random.next()) * GIB),
        touchBytesPerSecond: random.pick([300, 600, 1200, 2000]) * MIB,
        streamBytesPerSecond: random.about(25 * MIB, 0.5),
      },
      { fromMs: startMs + lengthMs, busy: false, anonBytes: 500 * MIB, streamBytesPerSecond: 0 },
    );
    runner.freeAtMs = startMs + lengthMs + seconds(20);
    lanes[lanes.indexOf(startMs)] = startMs + lengthMs + seconds(random.whole(2, 40));
  }
}

/** A power failure's end. */
export const BOOT_STORM = named(
  {
    name: "boot-storm",
    title: "Boot storm",
    description:
      "Two servers work on 40 GiB when twelve more boot within forty seconds, each with an empty balloon, and read and start their programs. " +
      "A good controller leaves booting guests alone, keeps the host out of trouble meanwhile, and then takes what the boots left in caches.",
  },
  (random) => ({
    durationMs: minutes(25),
    warmUpMs: minutes(1),
    host: host(40 * GIB, 2 * GIB),
    guests: [
      ...several(2, (number) =>
        guest(`old${number}`, 10 * GIB, work({ anonBytes: 4 * GIB, hotBytes: GIB, readsPerSecond: 20_000 })),
      ),
      ...several(12, (number) => booting(random, `new${number}`)),
    ],
  }),
);

function booting(random: Random, name: string) {
  const bootAtMs = minutes(2) + seconds(random.whole(0, 40));
  const phases = work(
    {
      anonBytes: 400 * MIB,
      streamBytesPerSecond: random.about(35 * MIB, 0.5),
      touchBytesPerSecond: 300 * MIB,
    },
    {
      fromMs: bootAtMs + seconds(random.whole(30, 60)),
      anonBytes: random.about(0.9 * GIB, 0.25),
      hotBytes: 320 * MIB,
      readsPerSecond: 15_000,
      streamBytesPerSecond: 2 * MIB,
    },
    { fromMs: minutes(8) + seconds(random.whole(0, 240)), anonBytes: random.about(1.25 * GIB, 0.15) },
  );
  return guest(name, 4 * GIB, phases, { bootAtMs, minBytes: 768 * MIB });
}

const HERD = 16;
const STAMPEDES_MS = [minutes(8), minutes(15), minutes(23)];

/** The timer that everyone forgot about. */
export const THUNDERING_HERD = named(
  {
    name: "thundering-herd",
    title: "Thundering herd",
    description:
      "Sixteen guests of 6 GiB on 48 GiB are nearly idle; on the same second, three times over, all of them take 0.2 to 3.4 GiB more at 250 to 500 MB/s each, " +
      "several gigabytes a second together, and never the same guest the most. A good controller keeps a reserve for it that it has learned, and answers sixteen calls at once.",
  },
  (random) => ({
    durationMs: minutes(30),
    warmUpMs: minutes(3),
    host: host(48 * GIB, 2 * GIB),
    guests: herds(random).map((phases, i) =>
      guest(`herd${i + 1}`, 6 * GIB, phases, {
        minBytes: 768 * MIB,
        staleCacheBytes: random.about(GIB, 0.5),
      }),
    ),
  }),
);

function herds(random: Random): Phase[][] {
  const calmBytes = 500 * MIB;
  const sizes = several(HERD, (number) => 0.2 * GIB * number + 0.1 * GIB * random.next());
  const changes = several(HERD, (): Change[] => []);
  for (const atMs of STAMPEDES_MS) {
    for (const [i, size] of random.shuffled(sizes).entries()) {
      const touchBytesPerSecond = random.whole(250, 500) * MIB;
      const endMs = atMs + minutes(2) + seconds(random.whole(0, 60));
      changes[i]?.push(
        { fromMs: atMs, anonBytes: Math.round(calmBytes + size), touchBytesPerSecond },
        { fromMs: endMs, anonBytes: calmBytes },
      );
    }
  }
  return changes.map((own) => work({ anonBytes: calmBytes, streamBytesPerSecond: 2 * MIB }, ...own));
}

/** One guest after the other restarts. */
export const ROLLING_REBOOT = named(
  {
    name: "rolling-reboot",
    title: "Rolling reboot",
    description:
      "Eight servers of 6 GiB on 32 GiB get a new kernel one after the other, a reboot every 90 seconds, while two batch guests take what there is. " +
      "A good controller gives a rebooting guest its memory before the driver loads, and never believes what was known of the last boot.",
  },
  (random) => ({
    durationMs: minutes(25),
    warmUpMs: minutes(3),
    host: host(32 * GIB, 2 * GIB),
    guests: [
      ...several(8, (number) =>
        guest(
          `node${number}`,
          6 * GIB,
          work({
            anonBytes: random.about(1.3 * GIB),
            hotBytes: 256 * MIB,
            readsPerSecond: 12_000,
            streamBytesPerSecond: 5 * MIB,
          }),
          { rebootsAtMs: [minutes(4) + seconds(90) * number], minBytes: GIB },
        ),
      ),
      ...several(2, (number) =>
        guest(
          `batch${number}`,
          10 * GIB,
          work(
            { anonBytes: GIB, touchBytesPerSecond: 200 * MIB, streamBytesPerSecond: 10 * MIB },
            { fromMs: minutes(3 + 2 * number), anonBytes: random.about(4.7 * GIB, 0.05) },
          ),
          { minBytes: 1.5 * GIB },
        ),
      ),
      guest("spare", 8 * GIB, rest(400 * MIB), { staleCacheBytes: 4 * GIB, minBytes: GIB }),
    ],
  }),
);
