/** Fleets of services whose load comes and goes. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { Phase } from "../scenario.ts";
import type { Random } from "./random.ts";
import {
  type Change,
  every,
  guest,
  host,
  minutes,
  named,
  seconds,
  several,
  work,
} from "./scenario-builder.ts";

const DAY_MS = minutes(40);

/** Two time zones on one host: where it is night, memory lies idle. */
export const DIURNAL_WEB = named(
  {
    name: "diurnal-web",
    title: "Diurnal web fleet",
    description:
      "Twelve web servers of 8 GiB in two time zones share 64 GiB; a day passes in 40 minutes, so that one half peaks while the other sleeps. " +
      "A good controller lends the sleepers' memory to the busy and has it back before the sun is up.",
  },
  (random) => ({
    durationMs: minutes(50),
    warmUpMs: minutes(4),
    host: host(64 * GIB, 3 * GIB),
    guests: several(12, (number) =>
      guest(`web${number}`, 8 * GIB, daily(random, number % 2 === 0 ? 0 : 0.5), {
        staleCacheBytes: random.about(GIB, 0.4),
      }),
    ),
  }),
);

/** Load as a sine over the day: 0 at night, 1 at noon. */
function daily(random: Random, shift: number): Phase[] {
  const load = (atMs: number) => (1 - Math.cos(2 * Math.PI * (atMs / DAY_MS + shift))) / 2;
  const at = (atMs: number): Change => ({
    fromMs: atMs,
    anonBytes: random.about(1.2 * GIB + 3.6 * GIB * load(atMs), 0.06),
    hotBytes: Math.round(512 * MIB + 768 * MIB * load(atMs)),
    readsPerSecond: Math.round(2_000 + 28_000 * load(atMs)),
    streamBytesPerSecond: Math.round(MIB + 3 * MIB * load(atMs)),
    touchBytesPerSecond: random.about(300 * MIB, 0.5),
  });
  return work(at(0), ...every(seconds(30 + random.whole(0, 30)), minutes(50), minutes(1), at));
}

/** Load that goes up and down faster than balloons should. */
export const FLAPPING = named(
  {
    name: "flapping",
    title: "Flapping load",
    description:
      "Ten workers of 6 GiB on 32 GiB switch between 0.7 and 3.8 GiB every 20 to 60 seconds, half of them up at any time. " +
      "A good controller stays calm: it leaves memory where it will be wanted again in a moment, and no program is killed at the next rise.",
  },
  (random) => ({
    durationMs: minutes(30),
    warmUpMs: minutes(3),
    host: host(32 * GIB, 2 * GIB),
    guests: several(5, () => pair(random)).flatMap(([one, other], i) => [
      guest(`up${i + 1}`, 6 * GIB, one, { minBytes: GIB }),
      guest(`down${i + 1}`, 6 * GIB, other, { minBytes: GIB }),
    ]),
  }),
);

/** Two that are never up at the same time. */
function pair(random: Random): [Phase[], Phase[]] {
  const up: Change[] = [];
  const down: Change[] = [];
  for (let atMs = seconds(10), isUp = true; atMs < minutes(30); isUp = !isUp) {
    const high = random.about(3.8 * GIB, 0.05);
    const low = random.about(0.7 * GIB);
    up.push({ fromMs: atMs, anonBytes: isUp ? high : low });
    down.push({ fromMs: atMs, anonBytes: isUp ? low : high });
    atMs += seconds(random.whole(20, 60));
  }
  const first = { anonBytes: 0.7 * GIB, touchBytesPerSecond: 400 * MIB, streamBytesPerSecond: 6 * MIB };
  return [work(first, ...up), work(first, ...down)];
}
