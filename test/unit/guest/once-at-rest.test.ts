import { expect, it } from "vitest";
import { onceAtRest, SETTLE_AFTER_MS } from "../../../guest/src/once-at-rest.ts";

it("runs its task once, when the start is over and the agent is at rest", () => {
  let [nowMs, isAtRest, runs] = [1000, true, 0];
  const afterTick = onceAtRest(
    () => void runs++,
    () => isAtRest,
    () => nowMs,
  );
  afterTick();
  expect(runs).toBe(0);
  [nowMs, isAtRest] = [1000 + SETTLE_AFTER_MS, false];
  afterTick();
  expect(runs).toBe(0);
  isAtRest = true;
  afterTick();
  afterTick();
  expect(runs).toBe(1);
});
