/** Whole hosts with everything on them, small and large. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { GuestPlan } from "../scenario.ts";
import type { Random } from "./random.ts";
import {
  type Change,
  every,
  guest,
  host,
  minutes,
  NO_AGENT,
  named,
  rest,
  seconds,
  several,
  work,
} from "./scenario-builder.ts";

/** A small machine at home. */
export const HOME_LAB = named(
  {
    name: "home-lab",
    title: "Home lab",
    description:
      "Six guests with 28 GiB in all on a 16 GiB machine with ZFS and no swap: a file server, a home automation, a media server that transcodes, a desktop that comes and goes, and two that mostly sleep. " +
      "A good controller makes 16 GiB feel like 28, and never lets the host run out.",
  },
  (random) => ({
    durationMs: minutes(45),
    warmUpMs: minutes(4),
    host: host(16 * GIB, 1.2 * GIB, { swapBytes: 0, arc: { maxBytes: 2 * GIB, minBytes: 512 * MIB } }),
    guests: [
      guest(
        "files",
        4 * GIB,
        work({ anonBytes: 500 * MIB, hotBytes: GIB, readsPerSecond: 15_000, streamBytesPerSecond: 20 * MIB }),
        { minBytes: GIB },
      ),
      guest("automation", 2 * GIB, work({ anonBytes: 600 * MIB, streamBytesPerSecond: 256 * 1024 }), {
        minBytes: 512 * MIB,
        shares: 2000,
      }),
      guest("media", 6 * GIB, transcoding(random), { minBytes: GIB }),
      guest("desktop", 8 * GIB, desktop(random), { minBytes: GIB, shares: 2000, bootAtMs: minutes(7) }),
      guest("old", 4 * GIB, rest(350 * MIB), {
        minBytes: 512 * MIB,
        agent: NO_AGENT,
        staleCacheBytes: 2 * GIB,
      }),
      guest("test", 4 * GIB, rest(300 * MIB), { minBytes: 512 * MIB, staleCacheBytes: 2 * GIB }),
    ],
  }),
);

function transcoding(random: Random) {
  const jobs = [5, 18, 33].flatMap((minute): Change[] => {
    const fromMs = minutes(minute) + seconds(random.whole(0, 90));
    return [
      {
        fromMs,
        anonBytes: random.about(2.9 * GIB),
        touchBytesPerSecond: 250 * MIB,
        streamBytesPerSecond: 40 * MIB,
      },
      { fromMs: fromMs + minutes(6), anonBytes: 500 * MIB, streamBytesPerSecond: MIB },
    ];
  });
  return work({ anonBytes: 500 * MIB, streamBytesPerSecond: MIB }, ...jobs);
}

function desktop(random: Random) {
  const open = every(minutes(8), minutes(38), minutes(3), (atMs) => ({
    fromMs: atMs + seconds(random.whole(0, 90)),
    anonBytes: random.about(4 * GIB, 0.25),
    touchBytesPerSecond: random.whole(200, 800) * MIB,
  }));
  return work({ anonBytes: GIB, streamBytesPerSecond: 15 * MIB }, ...open, {
    fromMs: minutes(40),
    anonBytes: 900 * MIB,
  });
}

/** A provider's machine. */
export const BIG_HOST = named(
  {
    name: "big-host",
    title: "A provider's host",
    description:
      "Twenty-four guests with 248 GiB in all on 128 GiB: web servers by day, builders in bursts, two databases with hot caches, sleepers full of old cache, three without an agent. " +
      "A good controller does for each what the other scenarios ask for one by one, all at once.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(4),
    host: host(128 * GIB, 4 * GIB, { swapBytes: 8 * GIB }),
    guests: [
      ...several(8, (number) => web(random, number)),
      ...several(4, (number) => builder(random, number)),
      ...several(2, (number) => database(random, number)),
      ...several(10, (number) => sleeper(random, number)),
    ],
  }),
);

function web(random: Random, number: number): GuestPlan {
  const changes = every(minutes(1), minutes(40), minutes(4), (atMs) => ({
    fromMs: atMs + seconds(random.whole(0, 200)),
    anonBytes: random.about(2.6 * GIB, 0.5),
    touchBytesPerSecond: random.whole(100, 500) * MIB,
  }));
  const first = {
    anonBytes: 2 * GIB,
    hotBytes: 512 * MIB,
    readsPerSecond: 18_000,
    streamBytesPerSecond: 2 * MIB,
  };
  return guest(`web${number}`, 8 * GIB, work(first, ...changes), { minBytes: GIB });
}

function builder(random: Random, number: number): GuestPlan {
  const changes: Change[] = [];
  for (let atMs = seconds(random.whole(60, 300)); atMs < minutes(40); ) {
    const toMs = atMs + seconds(random.whole(60, 200));
    changes.push(
      {
        fromMs: atMs,
        busy: true,
        anonBytes: random.about(8.5 * GIB, 0.15),
        touchBytesPerSecond: random.whole(300, 1500) * MIB,
        streamBytesPerSecond: 15 * MIB,
      },
      { fromMs: toMs, busy: false, anonBytes: 600 * MIB, streamBytesPerSecond: 0 },
    );
    atMs = toMs + seconds(random.whole(60, 240));
  }
  return guest(`builder${number}`, 16 * GIB, work({ anonBytes: 600 * MIB, busy: false }, ...changes), {
    minBytes: 1.5 * GIB,
  });
}

function database(random: Random, number: number): GuestPlan {
  const first = {
    anonBytes: 4 * GIB,
    hotBytes: random.about(8 * GIB),
    readsPerSecond: 60_000,
    streamBytesPerSecond: 5 * MIB,
  };
  return guest(`db${number}`, 24 * GIB, work(first), { minBytes: 4 * GIB, shares: 2000 });
}

function sleeper(random: Random, number: number): GuestPlan {
  const fullBytes = random.pick([6, 8]) * GIB;
  return guest(`sleeper${number}`, fullBytes, rest(random.about(400 * MIB)), {
    minBytes: 768 * MIB,
    staleCacheBytes: 3 * GIB,
    staleCacheActive: number % 2 === 0,
    ...(number > 7 && { agent: NO_AGENT }),
  });
}
