import { expect, test } from "vitest";
import { TokenBucket } from "../../../../host/src/timing/token-bucket.ts";

test("a burst is allowed, then the rate", () => {
  const bucket = new TokenBucket(10, 3);
  expect([0, 0, 0, 0, 99, 100, 100].map((nowMs) => bucket.take(nowMs))).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
});

test("a long rest gives no more than one burst, and a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket(10, 2);
  expect([0, 0, 3_600_000, 3_600_000, 3_600_000, 0].map((nowMs) => bucket.take(nowMs))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("what is spent beyond the burst takes time to pay back", () => {
  const bucket = new TokenBucket(1000, 500);
  expect(bucket.spend(0, 400)).toBe(0);
  expect(bucket.spend(0, 600)).toBe(500);
  expect(bucket.spend(500, 0)).toBe(0);
});
