/** Use that the host does not see: memory that was never touched, and memory that went to swap. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { Random } from "./random.ts";
import { guest, host, minutes, NO_AGENT, named, risingAndFalling, several } from "./scenario-builder.ts";

/** A job every few minutes that takes `jobBytes` on top. */
function jobs(random: Random, restBytes: number, jobBytes: number, fastest: number) {
  const times = { startSeconds: [240, 360], highSeconds: [90, 200], lowSeconds: [60, 200] } as const;
  const highBytes = () => restBytes + random.about(jobBytes);
  const sizes = { lowBytes: restBytes, highBytes, fastest };
  return risingAndFalling(random, { ...times, ...sizes, endMs: minutes(28) });
}

/** Pools of huge pages that wait for their program. */
export const RESERVED_MEMORY = named(
  {
    name: "reserved-memory",
    title: "Memory in use that was never touched",
    description:
      "On 26 GiB two guests of 6 GiB have a pool of huge pages of 3 GiB that no program uses, and run small jobs beside it; six guests of 4 GiB work in turns. To the host a pool looks like memory that is free. " +
      "A good controller takes nothing that a guest says it uses, whatever the host sees of it, and lends what is idle.",
  },
  (random) => ({
    durationMs: minutes(30),
    warmUpMs: minutes(3),
    host: host(26 * GIB, 2 * GIB),
    guests: [
      ...several(2, (number) =>
        guest(`pool${number}`, 6 * GIB, jobs(random, 500 * MIB, 700 * MIB, 400 * MIB), {
          minBytes: GIB,
          reservedBytes: 3 * GIB,
        }),
      ),
      ...several(6, (number) =>
        guest(
          `app${number}`,
          4 * GIB,
          jobs(random, 600 * MIB, number % 2 === 0 ? 2 * GIB : 0.5 * GIB, 400 * MIB),
          {
            minBytes: 512 * MIB,
            staleCacheBytes: GIB,
          },
        ),
      ),
    ],
  }),
);

/** What is swapped out looks available. */
export const SILENT_SWAP = named(
  {
    name: "silent-swap",
    title: "Swap in guests without agent",
    description:
      "On 28 GiB three guests of 8 GiB with swap and without agent work on 3 to 5 GiB, beside five guests of 4 GiB that burst. A balloon pushes their programs into swap, and what went there looks available. " +
      "A good controller takes swapping for use and for pressure, and lets no guest swap while others have idle memory.",
  },
  (random) => ({
    durationMs: minutes(30),
    warmUpMs: minutes(3),
    host: host(28 * GIB, 2 * GIB),
    guests: [
      ...several(3, (number) =>
        guest(`silent${number}`, 8 * GIB, jobs(random, 2.4 * GIB, 1.6 * GIB, 60 * MIB), {
          minBytes: GIB,
          agent: NO_AGENT,
          swapBytes: 4 * GIB,
        }),
      ),
      ...several(5, (number) =>
        guest(
          `app${number}`,
          4 * GIB,
          jobs(random, 600 * MIB, number % 2 === 0 ? 2 * GIB : 0.8 * GIB, 400 * MIB),
          {
            minBytes: 512 * MIB,
            staleCacheBytes: 1.5 * GIB,
          },
        ),
      ),
    ],
  }),
);
