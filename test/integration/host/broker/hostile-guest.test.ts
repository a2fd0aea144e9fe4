/** A hostile guest beside honest ones: what they get and what is decided for them stays as it is without it, and it is named and throttled. */
import type { DemandReply } from "@ballast/proto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { BrokerScene } from "../../../fakes/broker-scene.ts";
import { ATTACKS, type Attack } from "../../../testbed/hostile-guest.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const STEP_MS = 20;
/** Ten thousand frames or sessions at most attacks. */
const STEPS = 50;
/** Of one guest: bursts of each kind of event, and next to nothing after them. */
const MOST_EVENTS = 60;
/** Decisions over all guests that one guest's demands may cause: 20 at once, then ten a second. */
const MOST_DECISIONS = 20 + 10 * 30;
const FLOODS = /flood|endless|more than a number|replays|thousands|all of it/;

/** How much of its target a demand brought depends on whether a tick came before it. */
type Answer = Pick<DemandReply, "outcome" | "targetBytes">;

/** An honest guest's demand, from a size of 300 MiB, and what becomes of it. */
async function ask(scene: BrokerScene, name: string): Promise<Answer> {
  const { machine } = scene.qemu(name);
  const { port } = scene.agent(name);
  scene.view.setManual(name, 300 * MIB);
  await scene.until(name, ({ actualBytes }) => actualBytes === 300 * MIB);
  scene.view.setManual(name, "auto");
  port.received.length = 0;
  port.demand(64 * MIB);
  const { outcome, targetBytes } = await port.hears("demand-reply");
  await vi.waitUntil(() => machine.actualBytes >= 364 * MIB, PATIENCE);
  return { outcome, targetBytes };
}

async function open(): Promise<BrokerScene> {
  const scene = await BrokerScene.open({
    guests: { web1: {}, db1: {}, odd: { agent: "mute" } },
    tuning: { holdAfterTurnMs: 60_000 },
  });
  await scene.agent("odd").port.begin();
  for (const name of ["web1", "db1"]) await scene.until(name, ({ usedBytes }) => usedBytes !== undefined);
  return scene;
}

/** The attack goes on until the test ends; resolves after so many steps. */
async function attacked(scene: BrokerScene, attack: Attack): Promise<void> {
  const { port } = scene.agent("odd");
  const { machine } = scene.qemu("odd");
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    // It may be cut off, and what it is not let send waits in its own kernel.
    if (!port.connected || port.unreadBytes > 0) return;
    if (port.session === undefined) port.hello();
    attack(port, { sizeBytes: machine.actualBytes, fullBytes: machine.memoryBytes, step });
  }, STEP_MS);
  onTestFinished(() => clearInterval(timer));
  await vi.waitUntil(() => step >= STEPS, PATIENCE);
}

const calm = async (): Promise<Answer> => ask(await open(), "web1");

/** What it got is within a tenth of what it gets without the attack. */
function expectSame(got: Answer, expected: Answer): void {
  expect(got.outcome).toBe(expected.outcome);
  expect(Math.abs(got.targetBytes - expected.targetBytes)).toBeLessThanOrEqual(expected.targetBytes / 10);
}

describe("beside a guest whose attack is", () => {
  it.each(Object.entries(ATTACKS))("%s, others get what they get without it", async (name, attack) => {
    const expected = await calm();
    const scene = await open();
    await attacked(scene, attack);
    const demandsBefore = scene.broker.work.demands;
    expectSame(await ask(scene, "web1"), expected);
    expectSame(await ask(scene, "db1"), expected);
    expect(scene.commanded("odd").every((mib) => mib >= 128 && mib <= 512)).toBe(true);
    expect(scene.events("odd").length).toBeLessThan(MOST_EVENTS);
    expect(scene.broker.work.demands - demandsBefore).toBeLessThan(MOST_DECISIONS);
    if (FLOODS.test(name))
      await scene.until("odd", ({ problem }) => /more than an agent does/.test(problem ?? ""));
  });
});
