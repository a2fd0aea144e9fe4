/** Proves on real guests that the balloon is not mistaken for use, with deflate-on-oom and without. */
import { afterEach, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { Cleanup } from "../testbed/host.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";

const reason = skipReason();
const HELD_MB = 120;

describe.skipIf(reason !== undefined)(`used memory (${reason ?? "QEMU"})`, () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  it.each([true, false])(
    "is the same with and without a balloon, within 5 %% (deflate-on-oom: %o)",
    async (deflateOnOom) => {
      const scene = await Scene.open({
        guests: [{ name: "g1", deflateOnOom }],
        broker: { budgetMib: 4096, tuning: { holdAfterDemand: "1s", bootProtect: "1s" } },
      });
      cleanup.add(() => scene.close());
      const { broker } = scene;
      const load = await scene.guest("g1").spawnWorkload(["hold", "--mb", HELD_MB]);
      await load.waitForOutput(/holding/, 60_000);
      const heardSince = performance.now();
      const isLater = ({ agent }: { agent: { reportAgeMs?: number } }) =>
        (agent.reportAgeMs ?? Number.POSITIVE_INFINITY) < performance.now() - heardSince;
      const free = (await broker.until("g1", "heard again", isLater, 60_000)).usedBytes ?? 0;
      await broker.hold("g1", 320 * MIB);
      const isSqueezed = ({ actualBytes }: { actualBytes?: number }) => (actualBytes ?? 0) <= 322 * MIB;
      await broker.until("g1", "squeezed", isSqueezed, 60_000);
      const near = ({ usedBytes }: { usedBytes?: number }) => Math.abs((usedBytes ?? 0) / free - 1) < 0.05;
      const squeezed = await broker.until("g1", "using the same", near, 15_000);
      const inside = await scene.guest("g1").meminfo();
      const balloonBytes = 512 * MIB - (squeezed.actualBytes ?? 0);
      const reallyUsed = 512 * MIB - balloonBytes - (inside.availableBytes ?? 0);
      expect(Math.abs((squeezed.usedBytes ?? 0) / reallyUsed - 1)).toBeLessThan(0.05);
      await load.kill();
    },
  );
});
