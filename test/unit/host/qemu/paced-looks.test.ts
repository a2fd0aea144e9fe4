import { describe, expect, it } from "vitest";
import type { MonitorFacts } from "../../../../host/src/model/adapters.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { PacedLooks } from "../../../../host/src/qemu/paced-looks.ts";

const AT_REST: MonitorFacts = { inhibitions: [] };
const MOVING: MonitorFacts = {
  inhibitions: [],
  balloon: { actualBytes: 400 * MIB, targetBytes: 300 * MIB, observedAtMs: 0 },
};

function setUp(random = 0) {
  const clock = { atMs: 0, nowMs: () => clock.atMs };
  const looks = new PacedLooks({ clock, random: () => random });
  let count = 0;
  /** Observes and lets the look end. */
  const observe = async (facts: MonitorFacts = AT_REST) => {
    const seen = await looks.observe(async () => {
      count++;
      return facts;
    });
    await looks.settled();
    return seen;
  };
  return { clock, looks, observe, count: () => count };
}

describe("looks at a shared monitor", () => {
  it.each([
    [0, 2_000],
    [1, 5_000],
  ])("come every 2 to 5 s at rest, however often facts are wanted", async (random, everyMs) => {
    const { clock, observe, count } = setUp(random);
    for (clock.atMs = 0; clock.atMs < 10 * everyMs; clock.atMs += 100) await observe();
    expect(count()).toBe(10);
  });

  it("come about every second while the balloon moves", async () => {
    const { clock, observe, count } = setUp();
    for (clock.atMs = 0; clock.atMs < 7_500; clock.atMs += 50) await observe(MOVING);
    expect(count()).toBe(10);
  });

  it("come sooner once a target was sent", async () => {
    const { clock, looks, observe, count } = setUp();
    await observe();
    looks.soon();
    clock.atMs = 800;
    await observe();
    expect(count()).toBe(2);
  });

  it("keep no tick waiting but the first", async () => {
    const { clock, looks, observe } = setUp();
    const first = await observe();
    clock.atMs = 6_000;
    const never = looks.observe(() => new Promise(() => undefined));
    expect(await never).toBe(first);
  });

  it("stand for ten seconds while no newer one succeeds", async () => {
    const { clock, looks, observe } = setUp();
    const facts = await observe();
    clock.atMs = 9_000;
    await observe(looks.recent);
    expect(looks.recent).toBe(facts);
    clock.atMs = 10_000;
    expect(looks.recent).toBeUndefined();
  });
});
