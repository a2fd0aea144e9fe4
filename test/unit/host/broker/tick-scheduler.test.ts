import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TickScheduler } from "../../../../host/src/broker/tick-scheduler.ts";

const clock = { nowMs: () => performance.now() };
let began: number[];
let ticks: TickScheduler;
/** How long a tick takes. */
let lastsMs: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  began = [];
  lastsMs = 0;
  const startMs = performance.now();
  ticks = new TickScheduler(clock, async () => {
    began.push(Math.round(performance.now() - startMs));
    if (lastsMs > 0) await new Promise((resolve) => setTimeout(resolve, lastsMs));
    return 1000;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("ticks", () => {
  it("come at a steady pace", async () => {
    await ticks.start();
    await pass(3000);
    expect(began).toEqual([0, 1000, 2000, 3000]);
  });

  it("come sooner on request, and the pace goes on from there", async () => {
    await ticks.start();
    ticks.within(100);
    await pass(1100);
    expect(began).toEqual([0, 100, 1100]);
  });

  it("keep a least distance, however often they are requested", async () => {
    ticks = new TickScheduler(
      clock,
      async () => {
        began.push(0);
        return 1000;
      },
      200,
    );
    await ticks.start();
    for (let i = 0; i < 100; i++) {
      ticks.within(0);
      await pass(10);
    }
    expect(began).toHaveLength(6);
    await ticks.stop();
  });

  it("are not delayed by repeated requests", async () => {
    await ticks.start();
    for (let i = 0; i < 30; i++) {
      ticks.within(100);
      await pass(50);
    }
    expect(began.length).toBeGreaterThan(10);
  });

  it("never overlap; one that is requested meanwhile comes right after", async () => {
    lastsMs = 300;
    const first = ticks.start();
    await pass(100);
    ticks.within(0);
    await pass(200);
    await first;
    await pass(1);
    expect(began).toEqual([0, 301]);
  });

  it("end with stop, which waits for the one that runs", async () => {
    lastsMs = 300;
    void ticks.start();
    await pass(100);
    let stopped = false;
    const end = ticks.stop().then(() => {
      stopped = true;
    });
    await pass(100);
    expect(stopped).toBe(false);
    await pass(100);
    await end;
    ticks.within(0);
    await pass(5000);
    expect(began).toEqual([0]);
  });
});
