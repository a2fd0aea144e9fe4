/** Hosts with as many guests as one likes, for runs that measure scale. */
import { GIB, MIB, sum } from "../../model/bytes.ts";
import { overheadBytes } from "../guest/guest.ts";
import type { GuestPlan, Phase, Scenario } from "../scenario.ts";
import { peakNeedBytes } from "./needs.ts";
import { Random } from "./random.ts";
import { type Change, guest, host, minutes, rest, seconds, several, work } from "./scenario-builder.ts";

const HOUR_MS = minutes(60);
/** The guests' peaks, were they all at the same time, would take this share of the host. */
const PEAK_SHARE = 0.8;

/** Of ten guests eight sleep, one serves waves of requests, one works in bursts; a shorter run is the beginning of a longer one. */
export function fleet(count: number, seed: number, durationMs = HOUR_MS): Scenario {
  const random = new Random(seed);
  const guests = several(count, (number) => oneOf(random, number, Math.max(HOUR_MS, durationMs)));
  const ownBytes = 4 * GIB;
  const peakBytes = sum(guests, (plan) => peakNeedBytes(plan) + overheadBytes(plan));
  return {
    name: `fleet-${count}`,
    title: `A fleet of ${count} guests`,
    description:
      "Mostly idle guests, some in waves, some in bursts. A good controller decides as quickly as for ten.",
    durationMs,
    warmUpMs: minutes(2),
    host: host(Math.ceil((peakBytes / PEAK_SHARE + ownBytes) / GIB) * GIB, ownBytes),
    guests,
    accounting: "resident",
  };
}

function oneOf(random: Random, number: number, durationMs: number): GuestPlan {
  const options = { minBytes: 512 * MIB, staleCacheBytes: random.about(512 * MIB, 0.5) };
  if (number % 10 === 1) return guest(`burst${number}`, 8 * GIB, bursts(random, durationMs), options);
  if (number % 10 === 2) return guest(`wave${number}`, 4 * GIB, waves(random, durationMs), options);
  return guest(`idle${number}`, random.pick([2, 4]) * GIB, rest(random.about(350 * MIB)), options);
}

function bursts(random: Random, durationMs: number): Phase[] {
  const changes: Change[] = [];
  for (
    let atMs = seconds(random.whole(30, 600));
    atMs < durationMs;
    atMs += seconds(random.whole(300, 900))
  ) {
    changes.push(
      {
        fromMs: atMs,
        anonBytes: random.about(3 * GIB, 0.3),
        touchBytesPerSecond: random.whole(100, 800) * MIB,
      },
      { fromMs: atMs + seconds(random.whole(60, 240)), anonBytes: 500 * MIB },
    );
  }
  return work({ anonBytes: 500 * MIB }, ...changes);
}

function waves(random: Random, durationMs: number): Phase[] {
  const changes: Change[] = [];
  for (let atMs = seconds(random.whole(30, 240)); atMs < durationMs; atMs += seconds(random.whole(120, 300)))
    changes.push({ fromMs: atMs, anonBytes: random.about(1.2 * GIB, 0.5) });
  const first = {
    anonBytes: 1.2 * GIB,
    hotBytes: 256 * MIB,
    readsPerSecond: 10_000,
    streamBytesPerSecond: MIB,
  };
  return work(first, ...changes);
}
