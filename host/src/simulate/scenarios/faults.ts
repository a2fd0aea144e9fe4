/** Something breaks, or the host itself needs its memory. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { AgentPlan, DriverPlan, Phase } from "../scenario.ts";
import type { Random } from "./random.ts";
import {
  every,
  guest,
  HONEST,
  host,
  minutes,
  named,
  seconds,
  several,
  WORKING,
  work,
} from "./scenario-builder.ts";

/** Web servers with a rise in the middle, and files that they read all the time. */
function rise(
  random: Random,
  { lowBytes, highBytes, fromMs, toMs }: Record<"lowBytes" | "highBytes" | "fromMs" | "toMs", number>,
  hotBytes = 512 * MIB,
) {
  return work(
    {
      anonBytes: random.about(lowBytes),
      hotBytes,
      readsPerSecond: 20_000,
      streamBytesPerSecond: 3 * MIB,
    },
    {
      fromMs: fromMs + seconds(random.whole(0, 60)),
      anonBytes: random.about(highBytes, 0.08),
      touchBytesPerSecond: random.whole(100, 400) * MIB,
    },
    { fromMs: toMs + seconds(random.whole(0, 60)), anonBytes: random.about(lowBytes) },
  );
}

/** Agents fall silent while their guests grow. */
export const AGENT_LOSS = named(
  {
    name: "agent-loss",
    title: "Agent loss under pressure",
    description:
      "Eight guests of 8 GiB on 32 GiB; in the middle of a rise three agents fall silent, two of them for minutes and one for good, and their guests go on growing slowly. " +
      "A good controller takes nothing from a guest on old news, goes by the balloon's statistics, and is back at once when the agents are.",
  },
  (random) => ({
    durationMs: minutes(35),
    warmUpMs: minutes(3),
    host: host(32 * GIB, 2 * GIB),
    guests: [
      ...several(3, (number) =>
        guest(
          `mute${number}`,
          8 * GIB,
          work(
            { anonBytes: random.about(1.2 * GIB), touchBytesPerSecond: 300 * MIB },
            { fromMs: minutes(8), anonBytes: random.about(3 * GIB, 0.05) },
            {
              fromMs: minutes(11),
              anonBytes: random.about(4 * GIB, 0.05),
              touchBytesPerSecond: random.whole(5, 15) * MIB,
            },
            { fromMs: minutes(24), anonBytes: 1.2 * GIB },
          ),
          {
            minBytes: GIB,
            agent: silentFrom(minutes(10), number === 3 ? minutes(35) : minutes(13 + 4 * number)),
          },
        ),
      ),
      ...several(5, (number) =>
        guest(
          `web${number}`,
          8 * GIB,
          rise(random, {
            lowBytes: 0.9 * GIB,
            highBytes: 1.5 * GIB,
            fromMs: minutes(7 + number),
            toMs: minutes(20 + number),
          }),
          { minBytes: GIB, staleCacheBytes: 2 * GIB },
        ),
      ),
    ],
  }),
);

function silentFrom(fromMs: number, toMs: number): AgentPlan {
  return { ...HONEST, silent: [{ fromMs, toMs }] };
}

/** Balloons that do not follow their targets. */
export const BROKEN_BALLOONS = named(
  {
    name: "broken-balloons",
    title: "Stuck, slow and missing balloons",
    description:
      "On 40 GiB one of nine guests has a balloon that is stuck, one has no driver, one moves at 60 MB/s; the other six of 8 GiB burst. " +
      "A good controller notices what does not move, plans without it, and keeps lending what the others have.",
  },
  (random) => ({
    durationMs: minutes(35),
    warmUpMs: minutes(3),
    host: host(40 * GIB, 2 * GIB),
    guests: [
      odd("stuck", 4 * GIB, { ...WORKING, kind: "stuck" }),
      odd("driverless", 4 * GIB, { ...WORKING, kind: "missing" }),
      odd("slow", 6 * GIB, {
        kind: "working",
        inflateBytesPerSecond: 60 * MIB,
        deflateBytesPerSecond: 60 * MIB,
      }),
      ...several(6, (number) =>
        guest(
          `web${number}`,
          8 * GIB,
          rise(random, {
            lowBytes: GIB,
            highBytes: number % 2 === 0 ? 4.9 * GIB : 1.2 * GIB,
            fromMs: minutes(5 + number),
            toMs: minutes(18 + number),
          }),
          { minBytes: GIB, staleCacheBytes: 2 * GIB },
        ),
      ),
    ],
  }),
);

function odd(name: string, fullBytes: number, driver: DriverPlan) {
  return guest(name, fullBytes, work({ anonBytes: GIB, streamBytesPerSecond: 4 * MIB }), {
    driver,
    minBytes: GIB,
  });
}

/** Savings that were never promised to stay. */
export const KSM_BREAKUP = named(
  {
    name: "ksm-breakup",
    title: "KSM breaks under lent memory",
    description:
      "On 48 GiB KSM saves 9 GiB across ten alike guests of 6 GiB; an upgrade writes to all of their pages and the savings are gone within 90 seconds, while two builders hold 9 GiB each. " +
      "A good controller never lent those 9 GiB, and takes idle cache when they break apart.",
  },
  (random) => ({
    durationMs: minutes(35),
    warmUpMs: minutes(3),
    host: host(48 * GIB, 2 * GIB, {
      ksm: { savedBytes: 9 * GIB, breaksAtMs: minutes(16), breaksWithinMs: seconds(90) },
    }),
    guests: [
      ...several(10, (number) =>
        guest(
          `clone${number}`,
          6 * GIB,
          rise(random, {
            lowBytes: 1.1 * GIB,
            highBytes: 1.3 * GIB,
            fromMs: minutes(15),
            toMs: minutes(20),
          }),
          { minBytes: GIB, staleCacheBytes: 3 * GIB },
        ),
      ),
      ...several(2, (number) =>
        guest(
          `builder${number}`,
          16 * GIB,
          rise(random, {
            lowBytes: 1.5 * GIB,
            highBytes: 8.5 * GIB,
            fromMs: minutes(5 + number),
            toMs: minutes(26 + number),
          }),
          { minBytes: 2 * GIB },
        ),
      ),
    ],
  }),
);

/** A day's work on files that all of it reads, and the quiet after it. */
function day(random: Random, number: number): Phase[] {
  const highBytes = number % 4 === 0 ? 1.6 * GIB : 1.2 * GIB;
  return work(
    {
      anonBytes: random.about(GIB),
      hotBytes: 1.4 * GIB,
      readsPerSecond: 20_000,
      streamBytesPerSecond: 3 * MIB,
    },
    {
      fromMs: minutes(5) + seconds(number * 30 + random.whole(0, 60)),
      anonBytes: random.about(highBytes, 0.08),
      touchBytesPerSecond: random.whole(100, 400) * MIB,
    },
    { fromMs: minutes(26) + seconds(random.whole(0, 60)), anonBytes: random.about(GIB), hotBytes: 512 * MIB },
  );
}

/** More guests than memory, thanks to KSM. */
export const KSM_DENSE = named(
  {
    name: "ksm-dense",
    title: "Dense by KSM",
    description:
      "Twenty-two alike guests of 4 GiB on 64 GiB, all with empty balloons; KSM saves 24 GiB, one and a half times what is available, and without it their work by day would not fit. By night an upgrade writes to all shared pages within 60 seconds. " +
      "A good controller leaves all guests what they have while nothing is short, and takes idle cache as fast as the savings break apart.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    startsFull: true,
    needsSavings: true,
    host: host(64 * GIB, 2 * GIB, {
      ksm: { savedBytes: 24 * GIB, breaksAtMs: minutes(30), breaksWithinMs: seconds(60) },
    }),
    guests: several(22, (number) =>
      guest(`clone${number}`, 4 * GIB, day(random, number), { minBytes: GIB, staleCacheBytes: 0.3 * GIB }),
    ),
  }),
);

/** The host itself needs its memory. */
export const HOST_SURGE = named(
  {
    name: "host-surge",
    title: "The host's own memory surge",
    description:
      "On 48 GiB the host's own use rises twice from 2 to 16 GiB at 0.7 GiB/s (a backup, an import) beside eight guests of 8 GiB that use half of what they have, two of them much. " +
      "A good controller takes idle memory as fast as the host needs it, from guests that have it, and gives it back afterwards.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    host: host(48 * GIB, 2 * GIB, {
      own: [{ fromMs: 0, bytes: 2 * GIB }, ...surge(minutes(10)), ...surge(minutes(25))],
    }),
    guests: several(8, (number) =>
      guest(
        `vm${number}`,
        8 * GIB,
        rise(random, {
          lowBytes: number <= 2 ? 5 * GIB : 1.3 * GIB,
          highBytes: number <= 2 ? 5.4 * GIB : 1.5 * GIB,
          fromMs: minutes(4 + number),
          toMs: minutes(20 + number),
        }),
        { minBytes: GIB, staleCacheBytes: 4 * GIB },
      ),
    ),
  }),
);

/** From 2 to 16 GiB and back ten minutes later. */
function surge(fromMs: number) {
  const stepMs = 500;
  const up = every(fromMs, fromMs + seconds(20), stepMs, (atMs) => ({
    fromMs: atMs,
    bytes: Math.round(2 * GIB + ((atMs + stepMs - fromMs) / seconds(20)) * 14 * GIB),
  }));
  return [...up, { fromMs: fromMs + minutes(10), bytes: 2 * GIB }];
}
