/** Guests that grow slowly and for long. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { GuestPlan } from "../scenario.ts";
import type { Random } from "./random.ts";
import { guest, host, minutes, named, seconds, several, work } from "./scenario-builder.ts";

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
