/** Real brokers that are killed while they move balloons: whatever they were doing, the next one keeps all promises. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { bundleHost } from "../../host/packaging/program.ts";
import type { Random } from "../../host/src/simulate/scenarios/random.ts";
import { FaultScene } from "../fakes/fault-scene.ts";
import { faultSeed } from "../fakes/fault-seed.ts";
import { socketFolder } from "../fakes/socket-folder.ts";

/** Two brokers at a time, since most of the time goes by while one starts. */
const SCENES = 2;
const KILLS = 300;
/** The executable is the broker when it is started under the broker's name. */
const AS_BALLASTD = ["bash", "-c", 'exec -a ballastd "$0" "$@"'];
/** A broker lives at most so long after its first balloon command. */
const LONGEST_LIFE_MS = 150;

it(`a broker that is killed at ${KILLS} random moments of its moves breaks no promise`, async () => {
  const random = faultSeed();
  const program = join(socketFolder(), "ballastd.cjs");
  await bundleHost(program);
  const scenes = Array.from({ length: SCENES }, () => outlive(random, KILLS / SCENES, program));
  for (const scene of await Promise.all(scenes)) {
    await scene.expectServed();
    scene.expectKept({ taken: KILLS / SCENES / 2, given: KILLS / SCENES / 2 });
    expect(scene.commands()).toBeGreaterThan(KILLS / SCENES);
  }
});

/** A scene whose broker was killed so often. */
async function outlive(random: Random, kills: number, program: string): Promise<FaultScene> {
  const scene = await FaultScene.open(random, { main: program, within: AS_BALLASTD, logLevel: "warn" });
  await scene.moves(1);
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random.next() * LONGEST_LIFE_MS);
    await scene.killBroker();
    await scene.startBroker();
    await scene.moves(1);
  }
  return scene;
}
