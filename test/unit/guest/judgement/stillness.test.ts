/** For how long a state of a guest has lasted. */
import { expect, it } from "vitest";
import { type Moment, Stillness } from "../../../../guest/src/judgement/stillness.ts";

const MIB = 1024 * 1024;

function at(atMs: number, availableBytes: number, totalBytes: number): Moment {
  return { atMs, use: { availableBytes, totalBytes } };
}

it("lasts while what there is and is available stays within noise", () => {
  const stillness = new Stillness();
  const lastsMs = [
    at(0, 20 * MIB, 160 * MIB),
    at(700, 23 * MIB, 160 * MIB),
    at(900, 18 * MIB, 160 * MIB),
  ].map((moment) => stillness.lastsMs(moment));
  expect(lastsMs).toEqual([0, 700, 900]);
});

it("begins anew with every change, however slow it comes", () => {
  const stillness = new Stillness();
  for (let atMs = 0; atMs < 120_000; atMs += 100)
    expect(stillness.lastsMs(at(atMs, 800 * MIB - (atMs / 1000) * MIB, 1600 * MIB))).toBeLessThan(5000);
  const squeezed = new Stillness();
  squeezed.lastsMs(at(0, 20 * MIB, 160 * MIB));
  expect(squeezed.lastsMs(at(9000, 20 * MIB, 140 * MIB))).toBe(0);
});
