import { describe, expect, it } from "vitest";
import { type MonitorSight, obstacleOf, START_REST_MS } from "../../../../../host/src/qmp/lease/sight.ts";

const free = { holders: 0, waiters: 0 };

describe("a lent monitor", () => {
  it.each<[string | undefined, string, MonitorSight]>([
    [undefined, "nobody has it", { queue: free, mainThread: "S", ageMs: START_REST_MS }],
    [undefined, "nothing but its queue can be told", { queue: free }],
    ["held", "another client has it", { queue: { holders: 1, waiters: 0 } }],
    ["waited-for", "another client waits for it", { queue: { holders: 1, waiters: 1 } }],
    ["waited-for", "only clients that gave up are left", { queue: { holders: 0, waiters: 2 } }],
    ["stopped", "its QEMU is stopped by a signal", { queue: free, mainThread: "T" }],
    ["stopped", "its QEMU is stopped by a debugger", { queue: free, mainThread: "t" }],
    ["blocked", "its QEMU waits for the kernel", { queue: free, mainThread: "D" }],
    [
      "starting",
      "its QEMU has only just made it",
      { queue: free, mainThread: "S", ageMs: START_REST_MS - 1 },
    ],
  ])("has the obstacle %s when %s", (obstacle, _, sight) => {
    expect(obstacleOf(sight)).toBe(obstacle);
  });
});
