/** Small worlds with all that can be odd in one, for properties that must hold in any world. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { AgentPlan, DriverPlan, GuestPlan, HostPlan, Phase, Scenario, Span } from "../scenario.ts";
import { tightestOf } from "./needs.ts";
import { Random } from "./random.ts";
import {
  type Change,
  guest,
  HONEST,
  host,
  minutes,
  seconds,
  several,
  WORKING,
  work,
} from "./scenario-builder.ts";

const SHORT_WORLDS = 0.15;
/** Share of what the host has for its guests that they need at the worst moment. */
const FITTING = { low: 0.6, high: 0.9 };
const SHORT = { low: 1.05, high: 1.25 };
/** A guest's programs never want more of its memory than this: the rest is its kernel's. */
const MOST_OF_A_GUEST = 0.75;

/** A world of a few guests and minutes; its needs fit the host unless it says `short`. */
export function randomWorld(seed: number): Scenario {
  const random = new Random(seed);
  const durationMs = minutes(random.whole(6, 12));
  const guests = several(random.whole(2, 6), (number) => anyGuest(random, number, durationMs));
  const plan = anyHost(random, durationMs);
  const scenario: Scenario = {
    name: `random-${seed}`,
    title: `Random world ${seed}`,
    description: "Anything may happen, and a good controller keeps its promises.",
    durationMs,
    warmUpMs: minutes(1),
    host: plan,
    guests,
    accounting: random.pick(["resident", "resident", "strict"]),
  };
  const isShort = random.chance(SHORT_WORLDS);
  const { low, high } = isShort ? SHORT : FITTING;
  const sized = sizedFor(scenario, low + (high - low) * random.next());
  return isShort ? { ...sized, short: true } : sized;
}

/** The same world on a host of which needs and guarantees take `share` when they are greatest. */
function sizedFor(scenario: Scenario, share: number): Scenario {
  const { owedBytes, haveBytes } = tightestOf(scenario);
  const othersBytes = scenario.host.totalBytes - haveBytes;
  const totalBytes = Math.ceil((owedBytes / share + othersBytes) / MIB) * MIB;
  return { ...scenario, host: { ...scenario.host, totalBytes } };
}

function anyHost(random: Random, durationMs: number): HostPlan {
  const ownBytes = random.whole(256, 1024) * MIB;
  const surgeMs = random.whole(seconds(90), durationMs / 2);
  const surge = [
    { fromMs: 0, bytes: ownBytes },
    { fromMs: surgeMs, bytes: ownBytes + random.whole(256, 2048) * MIB },
    { fromMs: surgeMs + minutes(2), bytes: ownBytes },
  ];
  const breaksAtMs = random.whole(minutes(1), durationMs);
  return host(64 * GIB, ownBytes, {
    swapBytes: random.pick([0, 2, 4]) * GIB,
    transportMs: random.pick([1, 1, 5, 50]),
    qmpMs: random.pick([1, 2, 20]),
    ...(random.chance(0.3) && { own: surge }),
    ...(random.chance(0.2) && { arc: { maxBytes: 2 * GIB, minBytes: 256 * MIB } }),
    ...(random.chance(0.2) && {
      ksm: { savedBytes: random.whole(256, 1024) * MIB, breaksAtMs, breaksWithinMs: seconds(30) },
    }),
  });
}

function anyGuest(random: Random, number: number, durationMs: number): GuestPlan {
  const os = random.chance(0.2) ? "windows" : "linux";
  const fullBytes = random.whole(os === "windows" ? 6 : 2, 12) * 512 * MIB;
  const later = () => random.whole(minutes(1), durationMs - minutes(1));
  return guest(`g${number}`, fullBytes, anyWork(random, fullBytes, os, durationMs), {
    os,
    minBytes: Math.round((fullBytes * random.whole(8, 40)) / 100 / MIB) * MIB,
    shares: random.pick([500, 1000, 1000, 2000]),
    swapBytes: random.chance(0.3) ? GIB : 0,
    deflateOnOom: random.chance(0.2),
    freePageReporting: random.chance(0.75),
    driver: anyDriver(random),
    agent: anyAgent(random, durationMs),
    bootAtMs: random.chance(0.15) ? later() : 0,
    rebootsAtMs: random.chance(0.15) ? [later()] : [],
    missUs: random.pick([100, 500, 5_000]),
    staleCacheBytes: random.chance(0.5) ? Math.round(fullBytes * 0.4) : 0,
    staleCacheActive: random.chance(0.5),
  });
}

function anyDriver(random: Random): DriverPlan {
  const kind = random.pick([...several(17, () => "working" as const), "stuck" as const, "missing" as const]);
  const speed = random.pick([1, 1, 1, 0.5, 0.1]);
  return {
    kind,
    inflateBytesPerSecond: WORKING.inflateBytesPerSecond * speed,
    deflateBytesPerSecond: WORKING.deflateBytesPerSecond * speed,
  };
}

function anyAgent(random: Random, durationMs: number): AgentPlan {
  const kinds = [...several(12, () => "honest" as const), "none", "none", "liar", "hoarder"] as const;
  return {
    ...HONEST,
    kind: random.pick(kinds),
    silent: random.chance(0.2) ? [silence(random, durationMs)] : [],
  };
}

function silence(random: Random, durationMs: number): Span {
  const fromMs = random.whole(minutes(1), durationMs);
  return { fromMs, toMs: fromMs + seconds(random.whole(1, 180)) };
}

function anyWork(random: Random, fullBytes: number, os: GuestPlan["os"], durationMs: number): Phase[] {
  const kernelBytes = os === "windows" ? GIB : 64 * MIB;
  const mostBytes = Math.max(128 * MIB, fullBytes * MOST_OF_A_GUEST - kernelBytes);
  const hotBytes = random.chance(0.4) ? Math.round(mostBytes * 0.4 * random.next()) : 0;
  const anon = () => Math.round((mostBytes - hotBytes) * (0.1 + 0.9 * random.next()));
  const changes = several(
    random.whole(0, 6),
    (): Change => ({
      fromMs: random.whole(1_000, durationMs),
      anonBytes: anon(),
      touchBytesPerSecond: random.whole(20, 800) * MIB,
      busy: random.chance(0.8),
    }),
  );
  return work(
    {
      anonBytes: anon(),
      hotBytes,
      readsPerSecond: hotBytes > 0 ? random.whole(1_000, 60_000) : 0,
      streamBytesPerSecond: random.chance(0.4) ? random.whole(1, 40) * MIB : 0,
    },
    ...changes,
  );
}
