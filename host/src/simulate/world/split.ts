/** What each guest would have if the host were split once and for all. */
import { sum } from "../../model/bytes.ts";
import { distribute } from "../../policy/share/distribute.ts";
import { overheadBytes } from "../guest/guest.ts";
import { fixedBytes } from "../guest/kernel.ts";
import type { GuestPlan, Scenario } from "../scenario.ts";

/** Left free on the host by a static split. */
const SPARE_SHARE = 0.05;

/** What guests together can have without overcommitting the host at any time of the scenario. */
export function splittableBytes({ host, guests }: Scenario): number {
  const own = Math.max(0, ...host.own.map(({ bytes }) => bytes));
  const others = own + (host.arc?.minBytes ?? 0) + sum(guests, overheadBytes);
  return Math.max(0, Math.floor((host.totalBytes - others) * (1 - SPARE_SHARE)));
}

/** What a split asks of a guest. */
export type SplitGuest = Pick<GuestPlan, "name" | "os" | "fullBytes" | "minBytes" | "shares">;

/** Each guest's share of it by weight, between its bounds. */
export function splitOf(guests: readonly SplitGuest[], bytes: number): ReadonlyMap<string, number> {
  const participants = guests.map((plan) => ({
    shares: Math.max(1, plan.shares),
    minBytes: Math.min(plan.fullBytes, Math.max(plan.minBytes, fixedBytes(plan))),
    bareBytes: plan.fullBytes,
    workingBytes: plan.fullBytes,
    vitalBytes: plan.fullBytes,
    floorBytes: plan.fullBytes,
    wantBytes: plan.fullBytes,
    maxBytes: plan.fullBytes,
  }));
  const shares = distribute(
    participants,
    Math.max(
      bytes,
      sum(participants, ({ minBytes }) => minBytes),
    ),
  );
  return new Map(guests.map(({ name }, i) => [name, shares[i] ?? 0]));
}
