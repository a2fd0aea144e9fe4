/** Proves the first promise on a real guest: squeezed, bursting, and not killed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";

const SQUEEZED_BYTES = 200 * MIB;
const reason = skipReason();

describe.skipIf(reason !== undefined)(`a squeezed guest with an agent (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      guests: [{ name: "g1" }],
      broker: { budgetMib: 4096, tuning: { holdAfterDemand: "1s", bootProtect: "1s" } },
    });
  });
  afterAll(() => scene?.close());

  it.each([50, 100, 200, 1000])(
    "survives a burst of 280 MB at %i MB/s without deflate-on-oom",
    async (rate) => {
      const guest = scene.guest("g1");
      await scene.broker.squeeze("g1", SQUEEZED_BYTES, 60_000);
      await expectSurvival(guest, 280, rate);
      const events = await scene.broker.events();
      expect(events.some(({ kind, level }) => kind === "demand" && level === "info")).toBe(true);
      await scene.broker.hold("g1", "auto");
    },
  );
});
