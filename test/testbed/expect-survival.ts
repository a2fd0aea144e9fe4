/** What surviving a burst means on a real guest. */
import { expect } from "vitest";
import type { TestGuest } from "./guest.ts";

const BURST_LIMIT_MS = 120_000;

/** A process in the guest touches so much memory, ends well, and nothing in the guest was killed. */
export async function expectSurvival(
  guest: Pick<TestGuest, "spawnWorkload" | "oomKills">,
  megabytes: number,
  rate: number,
): Promise<void> {
  const burst = await guest.spawnWorkload(["burst", "--mb", megabytes, "--rate-mb-s", rate]);
  const { status, output } = await burst.wait(BURST_LIMIT_MS);
  expect(output).toContain(`done mb=${megabytes}`);
  expect(status).toBe(0);
  expect((await guest.oomKills()).count).toBe(0);
}
