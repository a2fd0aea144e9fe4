/** Owns the story: idle memory is taken, one guest bursts and gets it, later it comes back. */
import { MIB, sum } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { guestIn, type Observation } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import { BURSTING_GUEST, IDLE_GUESTS, type Pace } from "./plot.ts";
import type { Screen } from "./screen.ts";
import type { Stage, StageGuest } from "./stage.ts";
import { type Condition, Watch } from "./watch.ts";

/** A command in a busy guest takes its time: it is not asked more often. */
const ASK_GUEST_EVERY_MS = 1_000;
/** A balloon that moved less than this stands still. */
const STILL_BYTES = 2 * MIB;
/** Each guest has lent so much before the burst begins, if its use allows. */
const LENT_BYTES = 64 * MIB;

/** Plays the whole story; rejects when `signal` aborts it. */
export async function play(stage: Stage, screen: Screen, pace: Pace, signal: AbortSignal): Promise<Outcome> {
  const watch = new Watch(stage, screen, pace.observeEveryMs, signal);
  const idle = IDLE_GUESTS.join(" and ");
  const taking = `${idle} are idle: the broker takes what they do not need`;
  await watch.until("taking", taking, atRest(pace.restMs), pace.takingLimitMs);
  const burstStatus = await burst(watch, burster(stage), pace);
  // The burst may have ended a while before it was seen to: so not what they had last.
  const least = Math.min(...watch.record.map(idleBytes));
  const returning = `${BURSTING_GUEST} is done: memory goes back to ${idle}`;
  await watch.until("return", returning, cameBack(least, pace.restMs), pace.returnLimitMs);
  const kills = stage.guests.map(async (guest) => [guest.name, await guest.oomKills()] as const);
  return {
    record: watch.record,
    ...(burstStatus !== undefined && { burstStatus }),
    oomKills: Object.fromEntries(await Promise.all(kills)),
  };
}

async function burst(watch: Watch, guest: StageGuest, pace: Pace): Promise<number | undefined> {
  const { mebibytes, mebibytesPerSecond, holdSeconds } = pace.burst;
  const run = await guest.startBurst(pace.burst);
  let status: number | undefined;
  let askAtMs = 0;
  const isOver: Condition = async ({ atMs }) => {
    if (atMs < askAtMs) return false;
    askAtMs = atMs + ASK_GUEST_EVERY_MS;
    status = await run.status();
    return status !== undefined;
  };
  const size = `${mebibytes} MiB at ${mebibytesPerSecond} MiB/s`;
  const headline = `${guest.name} bursts: a program takes ${size} and keeps it for ${holdSeconds} s`;
  await watch.until("burst", headline, isOver, pace.burstLimitMs);
  return status;
}

function burster(stage: Stage): StageGuest {
  const found = stage.guests.find(({ name }) => name === BURSTING_GUEST);
  if (found === undefined) throw new Error(`no guest ${BURSTING_GUEST} on the stage`);
  return found;
}

/** Every guest lends something, and no balloon has moved for a while. */
function atRest(restMs: number): Condition {
  const stillMs = stillness();
  return (now) => stillMs(now) >= restMs && now.status.guests.every(hasLent);
}

function hasLent({ actualBytes = 0, maxBytes = 0 }: GuestStatus): boolean {
  return maxBytes - actualBytes >= LENT_BYTES;
}

/** The idle guests have more than when they had least, and no balloon has moved for a while. */
function cameBack(leastBytes: number, restMs: number): Condition {
  const stillMs = stillness();
  return (now) => stillMs(now) >= restMs && idleBytes(now) - leastBytes > STILL_BYTES;
}

/** Tells how long no balloon has moved. */
function stillness(): (now: Observation) => number {
  let seen: readonly number[] = [];
  let sinceMs = 0;
  return ({ status, atMs }) => {
    const sizes = status.guests.map(({ actualBytes = 0 }) => actualBytes);
    if (sizes.some((bytes, i) => Math.abs(bytes - (seen[i] ?? 0)) > STILL_BYTES)) {
      seen = sizes;
      sinceMs = atMs;
    }
    return atMs - sinceMs;
  };
}

/** What the idle guests have, all together. */
function idleBytes(seen: Observation): number {
  return sum(IDLE_GUESTS, (name) => guestIn(seen, name)?.actualBytes ?? 0);
}
