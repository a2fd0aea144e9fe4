import { expect, it } from "vitest";
import { HotCaches } from "../../../../host/src/history/hot-caches.ts";

const WALL_MS = Date.UTC(2026, 0, 5);

/** What is remembered of a guest whose hot cache was learned at that moment, by a broker that runs for 50 ms. */
function recalled(atMs: number) {
  const hotCaches = new HotCaches(() => 50);
  hotCaches.recall([{ name: "web1", bootId: "boot-1", bytes: 7, atMs }], WALL_MS);
  return hotCaches;
}

it("tells when a hot cache was learned by the broker's own clock, and nothing of a guest that is not known", () => {
  const hotCaches = recalled(WALL_MS - 60_000);
  expect(hotCaches.of("web1")).toEqual({ bytes: 7, bootId: "boot-1", learnedAtMs: -59_950 });
  expect(hotCaches.of("db1")).toBeUndefined();
});

it("takes what was learned in the future, by a wall clock that was set back, as learned now", () => {
  expect(recalled(WALL_MS + 60_000).of("web1")?.learnedAtMs).toBe(50);
});
