/** Guests whose page cache is the matter: hot, stale, or ZFS's. */
import { GIB, MIB } from "../../model/bytes.ts";
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

/** What was read until then is cached, counts as active, and is not read any more. */
const YESTERDAY_ENDS_MS = seconds(1);

/** Cache that is not spare. */
export const DATABASE = named(
  {
    name: "database",
    title: "Database with a hot cache",
    description:
      "A database of 32 GiB reads 80,000 pages a second from 14 GiB of cache that its kernel calls available; four application servers burst beside it on 48 GiB, " +
      "two archives hold stale cache. A good controller learns from refaults that this cache is hot, takes the stale one instead, and the reads never fall off the cliff.",
  },
  (random) => ({
    durationMs: minutes(45),
    warmUpMs: minutes(5),
    host: host(48 * GIB, 2 * GIB),
    guests: [
      guest("db", 32 * GIB, database(random), { minBytes: 6 * GIB, staleCacheBytes: 4 * GIB }),
      ...several(4, (number) =>
        guest(`app${number}`, 8 * GIB, bursts(random), { minBytes: GIB, staleCacheBytes: GIB }),
      ),
      ...several(2, (number) =>
        guest(`archive${number}`, 8 * GIB, rest(350 * MIB), {
          minBytes: 768 * MIB,
          staleCacheBytes: 6 * GIB,
          staleCacheActive: true,
        }),
      ),
    ],
  }),
);

function database(random: Random) {
  const hotBytes = random.about(14 * GIB, 0.05);
  return work(
    {
      anonBytes: 6 * GIB,
      hotBytes,
      readsPerSecond: 80_000,
      streamBytesPerSecond: 10 * MIB,
      touchBytesPerSecond: 200 * MIB,
    },
    { fromMs: minutes(25), hotBytes: Math.round(hotBytes * 0.7) },
    { fromMs: minutes(35), hotBytes },
  );
}

/** A few bursts, each a few minutes long. */
function bursts(random: Random) {
  const changes: Change[] = [];
  for (let atMs = seconds(random.whole(30, 180)); atMs < minutes(45); ) {
    const toMs = atMs + seconds(random.whole(60, 240));
    changes.push(
      {
        fromMs: atMs,
        anonBytes: random.about(3.2 * GIB, 0.2),
        touchBytesPerSecond: random.whole(100, 800) * MIB,
      },
      { fromMs: toMs, anonBytes: 900 * MIB },
    );
    atMs = toMs + seconds(random.whole(60, 240));
  }
  return work({ anonBytes: 900 * MIB, streamBytesPerSecond: 4 * MIB }, ...changes);
}

/** What looks used is not. */
export const IDLE_DAY = named(
  {
    name: "idle-day",
    title: "A guest that was idle for a day",
    description:
      "Two guests of 16 GiB did their work yesterday and hold 12 GiB of cache each that their kernels still call active; five servers on 40 GiB need that memory now, " +
      "and later both idlers wake with 7 GiB of fresh work at 400 MB/s. A good controller finds out by gentle probing that nobody reads that cache, lends it, and gives memory back at the wake.",
  },
  (random) => ({
    durationMs: minutes(45),
    warmUpMs: minutes(3),
    host: host(40 * GIB, 2 * GIB),
    guests: [
      ...several(2, (number) =>
        guest(`idle${number}`, 16 * GIB, wakes(random, minutes(24 + 6 * number)), {
          minBytes: 1.5 * GIB,
        }),
      ),
      ...several(5, (number) =>
        guest(
          `app${number}`,
          8 * GIB,
          work(
            { anonBytes: random.about(1.4 * GIB), streamBytesPerSecond: 2 * MIB },
            { fromMs: minutes(5 + number), anonBytes: random.about(5.4 * GIB, 0.08) },
            { fromMs: minutes(22 + number), anonBytes: random.about(2.2 * GIB, 0.1) },
          ),
          { minBytes: GIB },
        ),
      ),
    ],
  }),
);

function wakes(random: Random, atMs: number) {
  return work(
    { anonBytes: 500 * MIB, hotBytes: 12 * GIB, busy: false },
    { fromMs: YESTERDAY_ENDS_MS, hotBytes: 0 },
    { fromMs: atMs, anonBytes: random.about(7 * GIB, 0.05), touchBytesPerSecond: 400 * MIB, busy: true },
  );
}

/** ZFS on both sides of the balloon. */
export const ZFS = named(
  {
    name: "zfs",
    title: "ZFS in guest and on host",
    description:
      "A 64 GiB host whose ZFS cache has grown to 16 GiB and could do with 4, and two file servers of 16 GiB whose own caches of 9 GiB are hot but for 2; eight services work and burst beside them. " +
      "A good controller counts the host's ZFS cache as memory that can be had, but not at once, and leaves the hot part of the file servers' alone.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(4),
    host: host(64 * GIB, 3 * GIB, { arc: { maxBytes: 16 * GIB, minBytes: 4 * GIB } }),
    guests: [
      ...several(2, (number) =>
        guest(
          `files${number}`,
          16 * GIB,
          work({
            anonBytes: 1.2 * GIB,
            hotBytes: random.about(5.4 * GIB, 0.08),
            readsPerSecond: 30_000,
            streamBytesPerSecond: 30 * MIB,
          }),
          { minBytes: 2 * GIB, staleCacheBytes: 5 * GIB, staleCacheActive: true },
        ),
      ),
      ...several(8, (number) => guest(`app${number}`, 8 * GIB, services(random), { minBytes: 1.5 * GIB })),
    ],
  }),
);

function services(random: Random) {
  const first = { anonBytes: random.about(1.7 * GIB), hotBytes: 256 * MIB, readsPerSecond: 10_000 };
  const peaks = [6, 17, 28].flatMap((minute): Change[] => {
    const fromMs = minutes(minute) + seconds(random.whole(0, 240));
    return [
      {
        fromMs,
        anonBytes: random.about(3 * GIB, 0.1),
        touchBytesPerSecond: random.whole(100, 700) * MIB,
      },
      { fromMs: fromMs + seconds(random.whole(120, 300)), anonBytes: first.anonBytes },
    ];
  });
  return work(first, ...peaks);
}
