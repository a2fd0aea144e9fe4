/** Guests that grow slowly and for long. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { DriverPlan, GuestPlan } from "../scenario.ts";
import type { Random } from "./random.ts";
import { guest, host, minutes, NO_AGENT, named, seconds, several, work } from "./scenario-builder.ts";

/** Servers that do what they always do. */
function servers(random: Random, count: number, fullBytes: number, anonBytes: number): GuestPlan[] {
  return several(count, (number) =>
    guest(
      `app${number}`,
      fullBytes,
      work({
        anonBytes: random.about(anonBytes),
        hotBytes: 768 * MIB,
        readsPerSecond: 20_000,
        streamBytesPerSecond: 2 * MIB,
      }),
      { minBytes: GIB, staleCacheBytes: random.about(2 * GIB, 0.3) },
    ),
  );
}

/** Batch jobs in the night. */
export const BATCH_RAMP = named(
  {
    name: "batch-ramp",
    title: "Batch job ramp",
    description:
      "Three batch guests of 24 GiB ramp up to 15 GiB at 60 to 200 MB/s, one after the other with some overlap, beside six servers full of old cache on 48 GiB. " +
      "Kernels without free page reporting, so the ledger are strict. A good controller keeps pace with the ramp and moves the memory on to the next one.",
  },
  (random) => {
    const guests = [
      ...servers(random, 6, 6 * GIB, 1.2 * GIB),
      ...several(3, (number) => {
        const fromMs = minutes(6 + (number - 1) * 14);
        return guest(
          `batch${number}`,
          24 * GIB,
          work(
            { anonBytes: 600 * MIB, busy: false, touchBytesPerSecond: random.whole(60, 200) * MIB },
            { fromMs, anonBytes: random.about(7 * GIB), busy: true, streamBytesPerSecond: 20 * MIB },
            { fromMs: fromMs + minutes(5), anonBytes: random.about(15 * GIB, 0.05) },
            { fromMs: fromMs + minutes(17), anonBytes: 600 * MIB, busy: false, streamBytesPerSecond: 0 },
          ),
          { minBytes: 2 * GIB },
        );
      }),
    ];
    return {
      durationMs: minutes(55),
      warmUpMs: minutes(5),
      accounting: "strict",
      host: host(48 * GIB, 2 * GIB),
      guests: guests.map((plan) => ({ ...plan, freePageReporting: false })),
    };
  },
);

/** A slow memory leak. */
export const MEMORY_LEAK = named(
  {
    name: "memory-leak",
    title: "Memory leak in one guest",
    description:
      "One guest of 16 GiB leaks 8 to 12 MB/s, twice up to its own limit of 12 GiB, where its service is restarted in the end; seven servers beside it on 32 GiB work as ever. " +
      "A good controller feeds the leak what is idle, takes nothing from its neighbours that they use, and has it all back after the restart.",
  },
  (random) => {
    const leak = random.about(10 * MIB, 0.2);
    const restartMs = minutes(27);
    return {
      durationMs: minutes(50),
      warmUpMs: minutes(3),
      host: host(32 * GIB, 2 * GIB),
      guests: [
        ...servers(random, 7, 5 * GIB, 0.8 * GIB),
        guest(
          "leaky",
          16 * GIB,
          work(
            { anonBytes: 900 * MIB },
            { fromMs: minutes(1), anonBytes: random.about(12 * GIB, 0.05), touchBytesPerSecond: leak },
            { fromMs: restartMs, anonBytes: 700 * MIB, touchBytesPerSecond: 300 * MIB },
            {
              fromMs: restartMs + seconds(20),
              anonBytes: random.about(12 * GIB, 0.05),
              touchBytesPerSecond: leak,
            },
          ),
        ),
      ],
    };
  },
);

/** When the nights' jobs begin: each night is shortened to a few minutes. */
const NIGHTS_MS = [minutes(10), minutes(28)];
const NIGHT_MS = minutes(5);
/** Room is kept from before an hour to its end; hours are shortened as the nights are. */
const FORECAST_FROM_MS = minutes(3);
const FORECAST_TO_MS = minutes(7);

/** A guest that needs much each night, from a second to the next. */
function nightly(random: Random, name: string, heightBytes: number, options: Partial<GuestPlan>): GuestPlan {
  const starts = NIGHTS_MS.map((atMs) => atMs + seconds(random.whole(0, 60)));
  const changes = starts.flatMap((fromMs) => [
    { fromMs, anonBytes: heightBytes, busy: true, touchBytesPerSecond: random.whole(1200, 2000) * MIB },
    { fromMs: fromMs + NIGHT_MS, anonBytes: 500 * MIB, busy: false },
  ]);
  return guest(name, 10 * GIB, work({ anonBytes: 500 * MIB, busy: false }, ...changes), {
    minBytes: GIB,
    forecasts: NIGHTS_MS.map((atMs) => ({
      fromMs: atMs - FORECAST_FROM_MS,
      toMs: atMs + FORECAST_TO_MS,
      useBytes: heightBytes + 450 * MIB,
    })),
    ...options,
  });
}

/** As an old Windows' or a busy guest's: a ninth of what Linux reaches. */
const SLOW: DriverPlan = { kind: "working", inflateBytesPerSecond: 100 * MIB, deflateBytesPerSecond: GIB };

/** The backup at two. */
export const NIGHTLY_BURST = named(
  {
    name: "nightly-burst",
    title: "Burst each night",
    description:
      "Each night a guest of 10 GiB takes 8 GiB and one without agent 5 GiB, at 1.2 to 2 GB/s, beside five servers full of old cache and with slow balloons on 34 GiB. " +
      "Ballast's history knows the nights before. A good controller has their room ready, from memory that is idle, and lends it again afterwards.",
  },
  (random) => ({
    durationMs: minutes(45),
    warmUpMs: minutes(3),
    host: host(34 * GIB, 2 * GIB),
    guests: [
      ...servers(random, 5, 6 * GIB, 1.2 * GIB).map((plan) => ({ ...plan, driver: SLOW })),
      nightly(random, "backup", 8 * GIB, {}),
      nightly(random, "legacy", 5 * GIB, { agent: NO_AGENT }),
    ],
  }),
);
