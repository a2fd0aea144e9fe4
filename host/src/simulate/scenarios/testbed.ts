/** Scenarios small and short enough to be played by the real guests of the testbed: 512 MiB under software emulation. */
import { MIB } from "../../model/bytes.ts";
import type { GuestPlan, HostPlan, Phase, ScenarioMaker } from "../scenario.ts";
import { type Change, every, guest, host, named, rest, seconds, several, work } from "./scenario-builder.ts";

const FULL_BYTES = 512 * MIB;
/** Beside the guests' memory QEMU's own; see {@link TESTBED_GUEST}. */
export const OVERHEAD_BYTES = 152 * MIB;
/** What the testbed's disk is slowed down to, reads a second. */
const MISSES_PER_SECOND = 1_000;

/** The testbed's guest as `npm run bench:calibrate` measures it. */
export const TESTBED_GUEST: Partial<GuestPlan> = {
  minBytes: 128 * MIB,
  swapBytes: 0,
  driver: {
    kind: "working",
    inflateBytesPerSecond: 560 * MIB,
    deflateBytesPerSecond: 2_900 * MIB,
  },
  fixedBytes: 113 * MIB,
  overheadBytes: OVERHEAD_BYTES,
  missUs: 1e6 / MISSES_PER_SECOND,
  hitUs: 13,
  hardwareTouchBytesPerSecond: 200 * MIB,
};

/** The testbed's host: its delays are such that a demand takes as long to its memory as was measured. */
export const TESTBED_HOST: Partial<HostPlan> = { swapBytes: 0, transportMs: 5, qmpMs: 15 };

function small(name: string, phases: readonly Phase[], options: Partial<GuestPlan> = {}): GuestPlan {
  return guest(name, FULL_BYTES, phases, { ...TESTBED_GUEST, ...options });
}

/** What `count` guests and their QEMUs may take together. */
function hostFor(count: number, guestsBytes: number) {
  return host(count * OVERHEAD_BYTES + guestsBytes, 0, TESTBED_HOST);
}

function idle(name: string, anonBytes: number, staleCacheBytes = 0): GuestPlan {
  return small(name, rest(anonBytes), { staleCacheBytes });
}

/** Reads its working set at random all the time. */
function reader(name: string, readsPerSecond: number, ...changes: readonly Change[]): GuestPlan {
  return small(name, work({ anonBytes: 20 * MIB, hotBytes: 100 * MIB, readsPerSecond }, ...changes));
}

/** Touches memory and frees it again. */
function toucher(name: string, anonBytes: number, ...changes: readonly Change[]): GuestPlan {
  return small(name, work({ anonBytes, touchBytesPerSecond: 50 * MIB }, ...changes));
}

const BURST = named(
  {
    name: "testbed-burst",
    title: "Burst out of a squeeze",
    description:
      "Three guests on memory for 960 MiB of them; two rest, one of them on cache that nobody reads. The third builds twice: 290 MiB at 50 MB/s, then at 100 MB/s.",
  },
  () => ({
    durationMs: seconds(105),
    warmUpMs: seconds(20),
    accounting: "strict",
    host: hostFor(3, 960 * MIB),
    guests: [
      toucher(
        "ci",
        10 * MIB,
        { fromMs: seconds(30), anonBytes: 290 * MIB },
        { fromMs: seconds(60), anonBytes: 10 * MIB },
        { fromMs: seconds(80), anonBytes: 290 * MIB, touchBytesPerSecond: 100 * MIB },
      ),
      idle("web1", 40 * MIB),
      idle("web2", 40 * MIB, 150 * MIB),
    ],
  }),
);

const CACHE = named(
  {
    name: "testbed-cache",
    title: "A hot cache that grows",
    description:
      "Three guests on memory for 800 MiB of them. A database reads 100 MiB at random, from the thirtieth second on 180 MiB; its neighbours rest.",
  },
  () => ({
    durationMs: seconds(110),
    warmUpMs: seconds(20),
    host: hostFor(3, 800 * MIB),
    guests: [
      reader("db", 8_000, { fromMs: seconds(30), hotBytes: 180 * MIB }),
      idle("web1", 40 * MIB),
      idle("web2", 40 * MIB, 150 * MIB),
    ],
  }),
);

const HERD_BYTES = [20 * MIB, 130 * MIB] as const;

const HERD = named(
  {
    name: "testbed-herd",
    title: "Three at the same moment",
    description:
      "Four guests on memory for 1250 MiB of them. One grows to 250 MiB and stays; the three others take 110 MiB more in the same moment, twice.",
  },
  () => ({
    durationMs: seconds(105),
    warmUpMs: seconds(20),
    host: hostFor(4, 1_250 * MIB),
    guests: [
      toucher("big", 60 * MIB, { fromMs: seconds(25), anonBytes: 250 * MIB }),
      ...several(3, (number) =>
        toucher(
          `small${number}`,
          HERD_BYTES[0],
          { fromMs: seconds(45), anonBytes: HERD_BYTES[1] },
          { fromMs: seconds(65), anonBytes: HERD_BYTES[0] },
          { fromMs: seconds(85), anonBytes: HERD_BYTES[1], touchBytesPerSecond: 100 * MIB },
        ),
      ),
    ],
  }),
);

const RAMP = named(
  {
    name: "testbed-ramp",
    title: "A batch job's ramp",
    description:
      "Three guests on memory for 960 MiB of them. A job grows by 4 MB/s to 280 MiB; one neighbour holds 200 MiB of cache that nobody reads, one rests.",
  },
  () => ({
    durationMs: seconds(110),
    warmUpMs: seconds(20),
    accounting: "strict",
    host: hostFor(3, 960 * MIB),
    guests: [
      toucher("batch", 20 * MIB, { fromMs: seconds(25), anonBytes: 280 * MIB, touchBytesPerSecond: 4 * MIB }),
      idle("files", 20 * MIB, 200 * MIB),
      idle("web1", 40 * MIB),
    ],
  }),
);

const LEAK = named(
  {
    name: "testbed-leak",
    title: "A leak",
    description:
      "Three guests on memory for 900 MiB of them. One program leaks 7 MB/s and dies at its guest's full size under any controller; a database beside it must not notice.",
  },
  () => ({
    durationMs: seconds(115),
    warmUpMs: seconds(20),
    host: hostFor(3, 900 * MIB),
    guests: [
      toucher("leaky", 20 * MIB, { fromMs: seconds(25), anonBytes: 460 * MIB, touchBytesPerSecond: 7 * MIB }),
      reader("db", 4_000),
      idle("web1", 40 * MIB),
    ],
  }),
);

const FLAP_MS = seconds(24);

const FLAPPING = named(
  {
    name: "testbed-flapping",
    title: "Flapping",
    description:
      "Three guests on memory for 900 MiB of them. One takes 180 MiB at 100 MB/s and lets go of it every 24 seconds, beside a database and a guest at rest.",
  },
  () => ({
    durationMs: seconds(115),
    warmUpMs: seconds(20),
    host: hostFor(3, 900 * MIB),
    guests: [
      toucher(
        "flappy",
        20 * MIB,
        ...every(seconds(25), seconds(115), FLAP_MS, (fromMs) => [
          { fromMs, anonBytes: 200 * MIB, touchBytesPerSecond: 100 * MIB },
          { fromMs: fromMs + FLAP_MS / 2, anonBytes: 20 * MIB },
        ]).flat(),
      ),
      reader("db", 4_000),
      idle("web1", 60 * MIB),
    ],
  }),
);

const AGENT_LOSS = named(
  {
    name: "testbed-agent-loss",
    title: "An agent lost under pressure",
    description:
      "Three guests on memory for 900 MiB of them. One loses its agent for a minute and grows meanwhile by 3 MB/s to 140 MiB; when the agent is back it takes 80 MiB more at 50 MB/s.",
  },
  () => ({
    durationMs: seconds(115),
    warmUpMs: seconds(20),
    accounting: "strict",
    host: hostFor(3, 900 * MIB),
    guests: [
      small(
        "app",
        work(
          { anonBytes: 20 * MIB },
          { fromMs: seconds(40), anonBytes: 140 * MIB, touchBytesPerSecond: 3 * MIB },
          { fromMs: seconds(95), anonBytes: 220 * MIB, touchBytesPerSecond: 50 * MIB },
        ),
        { agent: { kind: "honest", silent: [{ fromMs: seconds(30), toMs: seconds(85) }] } },
      ),
      reader("db", 4_000),
      idle("web1", 40 * MIB, 100 * MIB),
    ],
  }),
);

/** All of them, in the order in which they are shown. */
export const TESTBED_SCENARIOS: readonly ScenarioMaker[] = [
  BURST,
  CACHE,
  HERD,
  RAMP,
  LEAK,
  FLAPPING,
  AGENT_LOSS,
];
