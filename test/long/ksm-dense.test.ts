/** Proves on the real KSM that guests may be dense: they fit only merged, and the budget holds while they write to what is merged. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB, sum } from "../../host/src/model/bytes.ts";
import type { Status } from "../../host/src/model/status.ts";
import { proportionalBytes } from "../testbed/host.ts";
import { RealKsm, whyNoKsm } from "../testbed/real-ksm.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";
import type { Workload } from "../testbed/workload.ts";

const reason = skipReason() ?? whyNoKsm();
const CLONES = ["clone1", "clone2", "clone3"];
const MEMORY_MIB = 384;
const CACHE_MIB = 100;
const TWIN_MIB = 150;
/** More than the guests hold, so that nothing is taken before it is merged. */
const ROOM_MIB = 1_500;
/** The image has some 90 MiB alike in each guest, which stay merged. Without KSM, and with all twins apart, this much is too much. */
const BEYOND_MIB = 220;
/** All twins, and what the image has alike. */
const SAVED_BYTES = (CLONES.length - 1) * (TWIN_MIB + 60) * MIB;
const PATIENCE = { timeoutMs: 200_000, intervalMs: 500 };
/** A twin is rewritten within seconds. */
const OFTEN = { timeoutMs: 200_000, intervalMs: 100 };
/** Long enough for several decisions. */
const AFTERMATH_MS = 5_000;
/** What QEMU itself allocates between two looks. */
const NOISE_BYTES = 8 * MIB;

interface Seen {
  readonly status: Status;
  /** Each guest counts whole, as if nothing were merged. */
  readonly unmergedBytes: number;
  /** What the host has given them: the kernel's sum of all mappings, in which a merged page counts once. */
  readonly heldBytes: number;
}

const budgetBytes = ({ status }: Seen) => status.host.budgetBytes ?? 0;
const chargedBytes = ({ status }: Seen) => status.host.chargedBytes ?? 0;
const savedBytes = ({ unmergedBytes, heldBytes }: Seen) => unmergedBytes - heldBytes;

describe.skipIf(reason !== undefined)(`guests that fit only merged (${reason ?? "real KSM"})`, () => {
  let ksm: RealKsm;
  let scene: Scene;
  const twins: Workload[] = [];
  beforeAll(async () => {
    ksm = await RealKsm.hold();
    scene = await Scene.open({
      guests: CLONES.map((name) => ({
        name,
        memoryMib: MEMORY_MIB,
        // Started later: nobody has seen these guests grow, so the ledger expects the least of them.
        agent: false,
        scratch: { sizeMib: CACHE_MIB + 50 },
      })),
      warmUp: async (guests) => {
        const work = guests.map(async (guest) => {
          const fill = `dd if=/dev/urandom of=/scratch/data bs=1M count=${CACHE_MIB} && sync`;
          await guest.run(fill, { timeoutMs: PATIENCE.timeoutMs });
          const twin = await guest.spawnWorkload(["twin", "--mb", TWIN_MIB, "--seconds", 900]);
          await twin.waitForOutput(/alike/, PATIENCE.timeoutMs);
          await guest.startAgent();
          return twin;
        });
        twins.push(...(await Promise.all(work)));
      },
      broker: {
        budgetMib: (residentMib) => residentMib + ROOM_MIB,
        // ksmd need not wait for memory to get short.
        ksm: { mode: "adaptive", interval: "1s", minCpuPercent: "50" },
        tuning: { bootProtect: "1s", holdAfterDemand: "5s", holdAfterTurn: "10s" },
      },
    });
  });
  afterAll(async () => {
    await scene?.close();
    await ksm?.release();
  });

  async function look(): Promise<Seen> {
    const status = await scene.broker.status();
    const heldBytes = sum(scene.guests, ({ pid }) => proportionalBytes(pid) ?? 0);
    return { status, unmergedBytes: sum(scene.guests, (guest) => guest.residentBytes() ?? 0), heldBytes };
  }

  /** Lets these guests write to all of their twins at full speed; returns what was seen until they had. */
  async function rewrite(clones: readonly string[]): Promise<Seen[]> {
    const seen: Seen[] = [];
    await Promise.all(clones.map((name) => scene.guest(name).run("killall -USR1 workload")));
    const isApart = async () => {
      seen.push(await look());
      const outputs = clones.map((name) => twins[CLONES.indexOf(name)]?.output());
      return (await Promise.all(outputs)).every((output) => output?.includes("rewritten"));
    };
    await waitFor("the twins to be rewritten", isApart, OFTEN);
    return seen;
  }

  it("hold within the budget while they write to all that is merged, and give idle memory in its place", async () => {
    const { broker } = scene;
    const isMerged = async () => {
      const seen = await look();
      return savedBytes(seen) > SAVED_BYTES ? seen : undefined;
    };
    const merged = await waitFor("the twins to be merged", isMerged, PATIENCE);
    const budgetMib = Math.round(merged.unmergedBytes / MIB) - BEYOND_MIB;
    broker.configure({ budgetMib });
    broker.signal("SIGHUP");
    const isKept = async () => {
      const seen = await look();
      const isDecided = budgetBytes(seen) === budgetMib * MIB && chargedBytes(seen) <= budgetBytes(seen);
      return isDecided ? seen : undefined;
    };
    const dense = await waitFor("the lower budget to be kept", isKept, OFTEN);
    expect(dense.unmergedBytes).toBeGreaterThan(budgetBytes(dense));
    // The ledger keeps room for any one guest that writes to all that it shares.
    const seen = await rewrite(["clone1"]);
    // The last two that share draw no more than one does.
    const hasRoom = async () => {
      seen.push(await look());
      return (seen.at(-1)?.heldBytes ?? 0) + TWIN_MIB * MIB <= budgetMib * MIB;
    };
    await waitFor("memory to be taken in place of what broke apart", hasRoom, PATIENCE);
    seen.push(...(await rewrite(["clone2", "clone3"])));
    await sleep(AFTERMATH_MS);
    const after = await look();
    const mostBytes = Math.max(...[...seen, after].map(({ heldBytes }) => heldBytes));
    expect(mostBytes).toBeLessThanOrEqual(budgetMib * MIB);
    expect(savedBytes(after)).toBeLessThan(savedBytes(dense) - CLONES.length * (TWIN_MIB / 2) * MIB);
    // Whether or not ksmd has looked at these pages again: what broke apart is charged.
    expect(chargedBytes(after)).toBeGreaterThan(after.heldBytes - NOISE_BYTES);
    for (const twin of twins) expect(await twin.status()).toBeUndefined();
    for (const guest of scene.guests) expect((await guest.oomKills()).count).toBe(0);
    for (const { actualBytes = 0, usedBytes = 0 } of after.status.guests)
      expect(actualBytes).toBeGreaterThan(usedBytes);
  });
});
