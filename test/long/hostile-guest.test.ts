/** Proves on a real guest that attacks over its own port: others get what they get without it, and the admin reads of it in few lines. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, HostileScene } from "../bench/hostile/scene.ts";
import { skipReason } from "../testbed/requirements.ts";

const reason = skipReason();
const NAMED_MS = 30_000;
const ASKS = 2;
/** A line for each kind of problem and minute, and those of the honest guests' own moves. */
const MOST_LOG_BYTES = 128 * 1024;

describe.skipIf(reason !== undefined)(`beside a real guest (${reason ?? "QEMU"}) whose attack is`, () => {
  let scene: HostileScene;
  let calm: Answer;
  beforeAll(async () => {
    scene = await HostileScene.open();
    calm = await scene.ask();
  });
  afterAll(() => scene?.close());

  it.each([
    "all of it at once",
    "a new session each time, thousands of them",
    "noise",
    "endless demands for all that there is",
  ])("%s, demands are answered alike, a burst is survived, and it is named", async (attack) => {
    const logBefore = scene.broker.logText().length;
    const stop = await scene.attack(attack, "broker");
    try {
      await scene.broker.until("odd", "named", ({ problem }) => problem !== undefined, NAMED_MS);
      for (let i = 0; i < ASKS; i++) {
        const { outcome, targetBytes } = await scene.ask();
        expect(outcome).toBe(calm.outcome);
        expect(Math.abs(targetBytes - calm.targetBytes)).toBeLessThanOrEqual(calm.targetBytes / 10);
      }
      expect((await scene.burst()).survived).toBe(true);
      expect(scene.broker.logText().length - logBefore).toBeLessThan(MOST_LOG_BYTES);
    } finally {
      await stop();
    }
  });
});
