/** Proves on real guests that memory which is used but was never touched is not taken for idle, whatever the host sees of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB, sum } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const FULL_BYTES = 1536 * MIB;
/** Huge pages of 2 MiB: 900 MiB. */
const POOL_PAGES = 450;
/** What the neighbour touched and let go. */
const IDLE_MIB = 500;
/** Beyond what the guests hold: so little that all that is idle is taken. */
const ROOM_MIB = 350;
/** What a guest's use moves by itself: for one thing, the agent gives back what its start took. */
const NOISE_BYTES = 48 * MIB;
const PATIENCE_MS = 60_000;
/** Debian's kernel clears pages as it gives them out, which touches them; most others do not. */
const UNCLEARED = "init_on_alloc=0";
const HIDERS = ["pool", "reservation"] as const;
const reason = skipReason();

describe.skipIf(reason !== undefined)(
  `memory that is used and was never touched (${reason ?? "QEMU"})`,
  () => {
    let scene: Scene;
    /** What each says that it uses, before anything is taken. */
    const saidBytes = new Map<string, number>();
    beforeAll(async () => {
      scene = await Scene.open({
        guests: [
          { name: "pool", memoryMib: FULL_BYTES / MIB, kernelParameters: [UNCLEARED] },
          {
            name: "reservation",
            memoryMib: FULL_BYTES / MIB,
            kernelParameters: ["nokaslr", "crashkernel=800M"],
          },
          { name: "idle", memoryMib: 1024, freePageReporting: false, kernelParameters: [UNCLEARED] },
        ],
        warmUp: async (guests) => {
          const [pool, , idle] = guests;
          const patience = { timeoutMs: PATIENCE_MS };
          await Promise.all([
            pool?.run(`echo ${POOL_PAGES} >/proc/sys/vm/nr_hugepages`, patience),
            idle?.run(`workload burst --mb ${IDLE_MIB}`, patience),
          ]);
          for (const guest of guests)
            saidBytes.set(guest.name, FULL_BYTES - ((await guest.meminfo()).availableBytes ?? 0));
        },
        broker: {
          budgetMib: (residentMib) => residentMib + ROOM_MIB,
          tuning: { bootProtect: "1s", holdAfterDemand: "2s", holdAfterTurn: "5s" },
        },
      });
    });
    afterAll(() => scene?.close());

    const leastGivenBytes = async (name: string) =>
      Math.min(...(await scene.broker.explain(name)).moves.map(({ toBytes }) => toBytes));

    it.each(HIDERS)("is left to its guest, with its headroom, in every step (%s)", async (name) => {
      const { broker } = scene;
      const isTaken = ({ actualBytes = FULL_BYTES, targetBytes }: GuestStatus) =>
        actualBytes < FULL_BYTES - 200 * MIB && actualBytes === targetBytes;
      await broker.until(name, "squeezed", isTaken, PATIENCE_MS);
      const { headroomBytes = 0 } = (await broker.explain(name)).verdict;
      const leastBytes = (saidBytes.get(name) ?? 0) + headroomBytes - NOISE_BYTES;
      expect(await leastGivenBytes(name)).toBeGreaterThanOrEqual(leastBytes);
      expect((await broker.guest(name)).residentBytes).toBeLessThan(leastBytes / 2);
    });

    it("does not keep its guest's demand from being met, from what is idle elsewhere", async () => {
      const { broker } = scene;
      const [before, idle] = [await broker.guest("pool"), await broker.guest("idle")];
      await expectSurvival(scene.guest("pool"), 280, 50);
      const events = (await broker.events()).filter(({ guest }) => guest === "pool");
      expect(events.some(({ kind, level }) => kind === "demand" && level === "info")).toBe(true);
      expect((await broker.guest("pool")).actualBytes).toBeGreaterThan((before.actualBytes ?? 0) + 100 * MIB);
      expect((await broker.guest("idle")).actualBytes).toBeLessThan((idle.actualBytes ?? 0) - 50 * MIB);
    });

    it("is left to its guest while there is not enough for all", async () => {
      const { broker } = scene;
      const residentMib = sum(scene.guests, (guest) => guest.residentBytes() ?? 0) / MIB;
      broker.configure({ budgetMib: Math.round(residentMib / 2) });
      broker.signal("SIGHUP");
      const isTakenToTheLast = async () => {
        const told = await Promise.all(HIDERS.map((name) => broker.explain(name)));
        return told.every(({ moves }) => moves[0]?.reason === "take-to-guarantee") || undefined;
      };
      await waitFor("all that can be taken", isTakenToTheLast, { timeoutMs: PATIENCE_MS });
      for (const name of HIDERS) {
        expect(await leastGivenBytes(name)).toBeGreaterThanOrEqual((saidBytes.get(name) ?? 0) - NOISE_BYTES);
        expect((await scene.guest(name).oomKills()).count).toBe(0);
      }
    });
  },
);
