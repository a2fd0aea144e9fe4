import { expect, it } from "vitest";
import { Resident } from "../../../../../host/src/simulate/guest/resident.ts";

/** Lives in steps of 100 ms. */
function live(resident: Resident, usedBytes: number, sizeBytes: number, ms: number): number {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) resident.advance(usedBytes, sizeBytes, 100);
  return resident.bytes;
}

it("is what the guest ever used, without free page reporting", () => {
  const resident = new Resident(false, 0);
  live(resident, 800, 1000, 1000);
  expect(live(resident, 300, 1000, 600_000)).toBe(800);
});

it("falls with the balloon at once", () => {
  expect(live(new Resident(false, 900), 300, 500, 100)).toBe(500);
});

it("follows use down within some seconds with free page reporting, but not at once", () => {
  const resident = new Resident(true, 0);
  live(resident, 800, 1000, 1000);
  const soon = live(resident, 300, 1000, 1000);
  expect(soon).toBeGreaterThan(500);
  expect(live(resident, 300, 1000, 10_000)).toBeLessThan(350);
});

it("keeps the fragments of free memory that are never reported, however long", () => {
  const resident = new Resident(true, 1000);
  expect(live(resident, 300, 1000, 600_000)).toBeCloseTo(300 + 700 * 0.05, 3);
});

it("holds no fragments of memory that was never touched", () => {
  expect(live(new Resident(true, 0), 300, 1000, 10_000)).toBe(300);
});
