/** Proves the lending between real guests: idle memory goes to the one that bursts, within the budget, and comes back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB, sum } from "../../host/src/model/bytes.ts";
import type { Status } from "../../host/src/model/status.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

/** Beyond what the guests hold: the reserve and what each might draw, and next to nothing for a burst. */
const ROOM_MIB = 280;
const CACHE_MIB = 150;
const reason = skipReason();

function actualMib(status: Status, name: string): number {
  return (status.guests.find((guest) => guest.name === name)?.actualBytes ?? 0) / MIB;
}

describe.skipIf(reason !== undefined)(`three guests on a budget for two (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      guests: [
        { name: "web1", scratch: { sizeMib: 200 } },
        { name: "web2", scratch: { sizeMib: 200 } },
        { name: "db1" },
      ],
      // The idle ones hold a page cache that nobody reads any more: it can be lent.
      warmUp: async ([web1, web2]) => {
        const fill = `dd if=/dev/zero of=/scratch/data bs=1M count=${CACHE_MIB} && sync`;
        await Promise.all([web1, web2].map((guest) => guest?.run(fill, { timeoutMs: 60_000 })));
      },
      broker: {
        budgetMib: (residentMib) => residentMib + ROOM_MIB,
        tuning: { bootProtect: "1s", holdAfterDemand: "5s", holdAfterTurn: "10s" },
      },
    });
  });
  afterAll(() => scene?.close());

  it("lends idle memory to the guest that bursts, kills nobody, and keeps the budget", async () => {
    const { broker } = scene;
    const isTaken = async () => {
      const status = await broker.status();
      return status.guests.every((guest) => (guest.actualBytes ?? 0) < 400 * MIB) ? status : undefined;
    };
    const before = await waitFor("idle memory to be taken", isTaken, { timeoutMs: 150_000 });
    const burst = await scene
      .guest("db1")
      .spawnWorkload(["burst", "--mb", 280, "--rate-mb-s", 100, "--hold-s", 10]);
    const seen: Status[] = [];
    const residents: number[] = [];
    const isOver = async () => {
      seen.push(await broker.status());
      residents.push(sum(scene.guests, (guest) => guest.residentBytes() ?? 0));
      return (await burst.status()) !== undefined;
    };
    await waitFor("the burst's end", isOver, { timeoutMs: 120_000 });
    expect(await burst.status()).toBe(0);
    const actuals = (name: string) => seen.map((status) => actualMib(status, name));
    expect(Math.max(...actuals("db1"))).toBeGreaterThan(actualMib(before, "db1") + 60);
    for (const idle of ["web1", "web2"]) {
      expect(Math.min(...actuals(idle))).toBeLessThan(actualMib(before, idle) - 16);
    }
    expect(Math.max(...residents)).toBeLessThanOrEqual(before.host.budgetBytes ?? 0);
    for (const guest of scene.guests) expect((await guest.oomKills()).count).toBe(0);
  });
});
