/** What others cause does not run too often. */
import { beforeEach, describe, expect, it } from "vitest";
import { paced } from "../../../guest/src/paced.ts";
import { HandTimers } from "../../fakes/hand-timers.ts";

describe("a paced task", () => {
  let timers: HandTimers;
  let runs: number[];
  let call: () => void;
  beforeEach(() => {
    timers = new HandTimers();
    runs = [];
    call = paced({
      task: () => runs.push(timers.nowMs()),
      gapMs: 10,
      nowMs: () => timers.nowMs(),
      after: (ms, task) => timers.after(ms, task),
    });
  });

  it("runs at once after a pause", () => {
    call();
    timers.advance(10);
    call();
    expect(runs).toEqual([0, 10]);
  });

  it("runs once for all requests in between, when the gap is over", () => {
    for (let i = 0; i < 100; i++) call();
    expect(runs).toEqual([0]);
    timers.advance(50);
    expect(runs).toEqual([0, 10]);
  });
});
