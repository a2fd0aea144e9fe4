/** Proves on real guests that the balloon is not mistaken for use, with deflate-on-oom and without. */
import { afterEach, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { Cleanup } from "../testbed/host.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";

const reason = skipReason();
const HELD_MB = 120;
const TOLERANCE = 0.05;

describe.skipIf(reason !== undefined)(`used memory (${reason ?? "QEMU"})`, () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  it.each([{ deflateOnOom: true }, { deflateOnOom: false }])(
    "is the same with and without a balloon, within 5 % (deflate-on-oom: $deflateOnOom)",
    async ({ deflateOnOom }) => {
      const scene = await Scene.open({
        guests: [{ name: "g1", deflateOnOom }],
        broker: { budgetMib: 4096, tuning: { holdAfterDemand: "1s", bootProtect: "1s" } },
      });
      cleanup.add(() => scene.close());
      const { broker } = scene;
      const load = await scene.guest("g1").spawnWorkload(["hold", "--mb", HELD_MB]);
      await load.waitForOutput(/holding/, 60_000);
      const near = (bytes: number) => (status: { usedBytes?: number }) =>
        Math.abs((status.usedBytes ?? 0) / bytes - 1) < TOLERANCE;
      const usedWith = async (bytes: number) =>
        bytes - ((await scene.guest("g1").meminfo()).availableBytes ?? 0);
      // The age in a status is that of the newest report, its use that of the last decision: only the use itself tells that it caught up.
      const told = near(await usedWith(512 * MIB));
      const free = (await broker.until("g1", "using what it says itself", told, 60_000)).usedBytes ?? 0;
      await broker.hold("g1", 320 * MIB);
      const isSqueezed = ({ actualBytes }: { actualBytes?: number }) => (actualBytes ?? 0) <= 322 * MIB;
      await broker.until("g1", "squeezed", isSqueezed, 60_000);
      const squeezed = await broker.until("g1", "using the same", near(free), 15_000);
      expect(near(await usedWith(squeezed.actualBytes ?? 0))(squeezed)).toBe(true);
      await load.kill();
    },
  );
});
