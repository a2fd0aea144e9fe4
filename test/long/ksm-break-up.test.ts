/** Proves on the real KSM that what it saves is never lent: it breaks apart while memory is lent, and the budget holds. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB, sum } from "../../host/src/model/bytes.ts";
import { REGIMES } from "../../host/src/model/plan.ts";
import type { Status } from "../../host/src/model/status.ts";
import { RealKsm, whyNoKsm } from "../testbed/real-ksm.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";
import type { Workload } from "../testbed/workload.ts";

const reason = skipReason() ?? whyNoKsm();
/** As with lending without KSM: the reserve and what each might draw, and next to nothing for a burst. */
const ROOM_MIB = 280;
const CACHE_MIB = 150;
const TWIN_MIB = 100;
const BURST_MIB = 280;
/** Every guest of 512 MiB is below this before the burst. */
const TAKEN_BYTES = 420 * MIB;
const PATIENCE = { timeoutMs: 150_000 };
/** Long enough for several decisions on what broke apart. */
const AFTERMATH_MS = 10_000;

interface Seen {
  readonly status: Status;
  readonly heldBytes: number;
}

/** How short the host was at worst: the larger the shorter. */
function worst(seen: readonly Seen[]): number {
  return Math.max(...seen.map(({ status }) => REGIMES.indexOf(status.host.regime ?? "ample")));
}

describe.skipIf(reason !== undefined)(`a break-up under lent memory (${reason ?? "real KSM"})`, () => {
  let ksm: RealKsm;
  let scene: Scene;
  const twins: Workload[] = [];
  beforeAll(async () => {
    ksm = await RealKsm.hold();
    scene = await Scene.open({
      guests: [
        { name: "web1", scratch: { sizeMib: 200 } },
        { name: "web2", scratch: { sizeMib: 200 } },
        { name: "db1" },
      ],
      // Two guests hold the same in use, and a page cache of their own that nobody reads: only that can be lent.
      warmUp: async (guests) => {
        for (const guest of guests.filter(({ name }) => name !== "db1")) {
          const fill = `dd if=/dev/urandom of=/scratch/data bs=1M count=${CACHE_MIB} && sync`;
          await guest.run(fill, { timeoutMs: 120_000 });
          const twin = await guest.spawnWorkload(["twin", "--mb", TWIN_MIB, "--seconds", 600]);
          await twin.waitForOutput(/alike/, 60_000);
          twins.push(twin);
        }
      },
      broker: {
        budgetMib: (residentMib) => residentMib + ROOM_MIB,
        ksm: { mode: "adaptive", interval: "1s" },
        tuning: { bootProtect: "1s", holdAfterDemand: "5s", holdAfterTurn: "10s" },
      },
    });
  });
  afterAll(async () => {
    await scene?.close();
    await ksm?.release();
  });

  const heldBytes = () => sum(scene.guests, (guest) => guest.residentBytes() ?? 0);
  const actualBytes = (status: Status, name: string) =>
    status.guests.find((guest) => guest.name === name)?.actualBytes ?? 0;

  /** What each of the two has in common with others. */
  async function sharedBytes(): Promise<number[]> {
    const { guests } = await scene.broker.ksm();
    return guests.flatMap(({ name, ksm: part }) => (name === "db1" ? [] : [part?.sharedBytes ?? 0]));
  }

  it("leads to no shortage: no kill, the budget kept, the host in no worse state than the lending left it", async () => {
    const { broker } = scene;
    // What the image has alike comes on top.
    const isMerged = async () => (await sharedBytes()).every((bytes) => bytes > (TWIN_MIB + 10) * MIB);
    await waitFor("the twins to be merged", isMerged, PATIENCE);
    const isTaken = async () => {
      const status = await broker.status();
      return status.guests.every((guest) => (guest.actualBytes ?? 0) < TAKEN_BYTES) ? status : undefined;
    };
    const before = await waitFor("idle memory to be taken", isTaken, PATIENCE);
    const seen: Seen[] = [];
    const look = async () => void seen.push({ status: await broker.status(), heldBytes: heldBytes() });
    const burst = await scene
      .guest("db1")
      .spawnWorkload(["burst", "--mb", BURST_MIB, "--rate-mb-s", 100, "--hold-s", 300]);
    const isLent = async () => {
      await look();
      return /done/.test(await burst.output());
    };
    await waitFor("the burst's height", isLent, PATIENCE);
    const shared = await sharedBytes();
    const { brokenPages = 0 } = await ksm.read();
    const lent = seen.splice(0);
    for (const guest of scene.guests.slice(0, 2)) await guest.run("killall -USR1 workload");
    const isApart = async () => {
      await look();
      const outputs = await Promise.all(twins.map((twin) => twin.output()));
      return outputs.every((output) => output.includes("rewritten"));
    };
    await waitFor("the twins to be rewritten", isApart, PATIENCE);
    const end = performance.now() + AFTERMATH_MS;
    while (performance.now() < end) {
      await look();
      await sleep(200);
    }
    // It was lent, and it broke apart under that.
    const lentBytes = Math.min(...seen.map(({ status }) => actualBytes(status, "db1")));
    const webBytes = Math.max(...seen.map(({ status }) => actualBytes(status, "web1")));
    expect(lentBytes).toBeGreaterThan(actualBytes(before, "db1") + 16 * MIB);
    expect(webBytes).toBeLessThan(TAKEN_BYTES);
    for (const [i, bytes] of (await sharedBytes()).entries())
      expect(bytes).toBeLessThan((shared[i] ?? 0) - (TWIN_MIB / 2) * MIB);
    expect(((await ksm.read()).brokenPages ?? 0) - brokenPages).toBeGreaterThan((TWIN_MIB * MIB) / 4096);
    expect(await burst.status()).toBeUndefined();
    for (const twin of twins) expect(await twin.status()).toBeUndefined();
    for (const guest of scene.guests) expect((await guest.oomKills()).count).toBe(0);
    expect(Math.max(...[...lent, ...seen].map((at) => at.heldBytes))).toBeLessThanOrEqual(
      before.host.budgetBytes ?? 0,
    );
    expect(worst(seen)).toBeLessThanOrEqual(worst(lent));
  });
});
