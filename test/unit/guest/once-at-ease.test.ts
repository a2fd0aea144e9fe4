import { expect, it } from "vitest";
import { onceAtEase, SETTLE_AFTER_MS } from "../../../guest/src/once-at-ease.ts";

it("runs its task once, when the start is over and the guest is at ease", () => {
  let [nowMs, isAtEase, runs] = [1000, true, 0];
  const afterTick = onceAtEase(
    () => void runs++,
    () => isAtEase,
    () => nowMs,
  );
  afterTick();
  expect(runs).toBe(0);
  [nowMs, isAtEase] = [1000 + SETTLE_AFTER_MS, false];
  afterTick();
  expect(runs).toBe(0);
  isAtEase = true;
  afterTick();
  afterTick();
  expect(runs).toBe(1);
});
