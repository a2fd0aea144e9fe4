/** Guests of different kinds on one host: other systems, guests without agents, and guests that lie. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { Phase } from "../scenario.ts";
import type { Random } from "./random.ts";
import {
  type Change,
  guest,
  HONEST,
  host,
  minutes,
  NO_AGENT,
  named,
  risingAndFalling,
  seconds,
  several,
  work,
} from "./scenario-builder.ts";

/** Load that rises and falls every few minutes, between `lowBytes` and `highBytes`. */
function waves(random: Random, endMs: number, lowBytes: number, highBytes: number, fastest = 400 * MIB) {
  const times = { startSeconds: [60, 300], highSeconds: [90, 300], lowSeconds: [90, 300] } as const;
  return risingAndFalling(random, {
    ...times,
    endMs,
    lowBytes,
    highBytes: () => random.about(highBytes),
    fastest,
  });
}

/** Two meanings of "free". */
export const WINDOWS_BESIDE_LINUX = named(
  {
    name: "windows-beside-linux",
    title: "Windows beside Linux",
    description:
      "Four Windows guests of 8 GiB, of which two have no agent, and six Linux guests of 8 GiB on 48 GiB. Windows keeps a gigabyte for itself, calls its cache free, " +
      "and its driver stops when memory is low. A good controller reads each system's figures as they are meant.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    host: host(48 * GIB, 2 * GIB),
    guests: [
      ...several(4, (number) =>
        guest(
          `win${number}`,
          8 * GIB,
          waves(random, minutes(40), GIB, number % 2 === 0 ? 4.4 * GIB : 1.4 * GIB, 200 * MIB),
          {
            os: "windows",
            minBytes: 2 * GIB,
            agent: number <= 2 ? HONEST : NO_AGENT,
            staleCacheBytes: GIB,
          },
        ),
      ),
      ...several(6, (number) =>
        guest(
          `linux${number}`,
          8 * GIB,
          waves(random, minutes(40), 0.8 * GIB, number % 2 === 0 ? 4.6 * GIB : 1.2 * GIB),
          {
            minBytes: GIB,
            staleCacheBytes: 2 * GIB,
          },
        ),
      ),
    ],
  }),
);

/** Desktops on which people log in, work and log out again. */
function sessions(random: Random, endMs: number): Phase[] {
  const lowBytes = random.about(1.5 * GIB, 0.1);
  const changes: Change[] = [];
  for (let atMs = seconds(random.whole(90, 420)); atMs < endMs; ) {
    const toMs = atMs + seconds(random.whole(150, 420));
    const touchBytesPerSecond = random.whole(100, 450) * MIB;
    changes.push(
      { fromMs: atMs, anonBytes: lowBytes + LOGIN_BYTES, touchBytesPerSecond },
      { fromMs: toMs, anonBytes: lowBytes },
    );
    atMs = toMs + seconds(random.whole(120, 420));
  }
  return work({ anonBytes: lowBytes, streamBytesPerSecond: 2 * MIB }, ...changes);
}

const LOGIN_BYTES = 2.4 * GIB;

/** Guests that cannot demand beside guests that can. */
export const WINDOWS_DESKTOPS = named(
  {
    name: "windows-desktops",
    title: "Windows desktops, two without agent",
    description:
      "Ten Windows desktops of 10 GiB on 66 GiB, two of them without agent. Log-ins take 2.4 GiB at 100 to 450 MB/s; when all people are logged in, the desktops need 80 % of the host. " +
      "A good controller kills no program, as a static split does, and so leaves a guest that cannot demand the room for a log-in.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    // A static split serves it; a controller must not do worse.
    fitsSplit: true,
    host: host(66 * GIB, 2 * GIB),
    guests: several(10, (number) =>
      guest(`desktop${number}`, 10 * GIB, sessions(random, minutes(40)), {
        os: "windows",
        minBytes: 2 * GIB,
        agent: number <= 2 ? NO_AGENT : HONEST,
        staleCacheBytes: 2 * GIB,
      }),
    ),
  }),
);

/** Nothing to go by but the balloon's own statistics. */
export const NO_AGENTS = named(
  {
    name: "no-agents",
    title: "No agents at all",
    description:
      "Eight guests of 8 GiB on 40 GiB, none with an agent, grow by 10 to 40 MB/s and shrink again. " +
      "A good controller lends what the balloon's statistics show idle, with more room for what it cannot see, and asks more often than every ten seconds.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    host: host(40 * GIB, 2 * GIB),
    guests: several(8, (number) =>
      guest(
        `vm${number}`,
        8 * GIB,
        number <= 3
          ? waves(random, minutes(40), 2 * GIB, 5.5 * GIB, 40 * MIB)
          : waves(random, minutes(40), 0.6 * GIB, 1.7 * GIB, 40 * MIB),
        { minBytes: GIB, agent: NO_AGENT, staleCacheBytes: 2 * GIB },
      ),
    ),
  }),
);

/** Guests that want more than is theirs. */
export const LIAR_AND_HOARDER = named(
  {
    name: "liar-and-hoarder",
    title: "Liar and hoarder",
    description:
      "On 32 GiB one guest of 8 GiB reports that all of its memory is used, another calls for memory all the time; both use 1 GiB. Six honest guests of 8 GiB burst, three of them to 4.6 GiB, beside them. " +
      "A good controller compares reports with what is resident; no guest gains by lying, and honest guests lose nothing.",
  },
  (random) => ({
    durationMs: minutes(40),
    warmUpMs: minutes(3),
    host: host(32 * GIB, 2 * GIB),
    guests: [
      guest("liar", 8 * GIB, work({ anonBytes: GIB }), {
        minBytes: GIB,
        agent: { kind: "liar", silent: [] },
      }),
      guest("hoarder", 8 * GIB, work({ anonBytes: GIB, streamBytesPerSecond: 5 * MIB }), {
        minBytes: GIB,
        agent: { kind: "hoarder", silent: [] },
      }),
      ...several(6, (number) =>
        guest(
          `honest${number}`,
          8 * GIB,
          waves(random, minutes(40), GIB, number % 2 === 0 ? 4.6 * GIB : 1.5 * GIB),
          {
            minBytes: GIB,
            staleCacheBytes: GIB,
          },
        ),
      ),
    ],
  }),
);
