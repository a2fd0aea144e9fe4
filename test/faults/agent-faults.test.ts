/** Agents that are lost while memory moves: nothing is taken on what they said last, and they are served as soon as they are back. */
import { describe, it } from "vitest";
import { FaultScene } from "../fakes/fault-scene.ts";
import { faultSeed } from "../fakes/fault-seed.ts";

describe("an agent", () => {
  it("that is killed, and started again", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    scene.guest("web1").loseAgent("killed");
    await scene.last();
    scene.guest("web1").agentBack("started");
    await scene.expectServed();
    scene.expectKept();
  });

  it("that is stopped while its guest goes on growing, and continued", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    scene.guest("web1").loseAgent("stopped");
    scene.keep("web1", 250);
    await scene.last();
    scene.letGo("web1");
    scene.guest("web1").agentBack("continued");
    await scene.expectServed();
    scene.expectKept();
  });

  it("that is replaced by one of an older release, which has none of the newer capabilities", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    const { agent } = scene.guest("web1");
    scene.guest("web1").loseAgent("killed");
    agent.hello = { agentVersion: "0.0.1", capabilities: [] };
    scene.guest("web1").agentBack("started");
    await scene.expectServed();
    scene.expectKept();
  });

  it("that is replaced by one that speaks no version of the broker's", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    const { agent } = scene.guest("web1");
    scene.guest("web1").loseAgent("killed");
    agent.hello = { minVersion: 7, maxVersion: 9 };
    agent.start();
    await scene.last();
    agent.hello = {};
    scene.guest("web1").agentBack("started");
    await scene.expectServed();
    scene.expectKept();
  });
});
