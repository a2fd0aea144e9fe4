/** When a state of a guest is taken to last. */
import { expect, it } from "vitest";
import { LASTING_MS, type Moment, Stillness } from "../../../../guest/src/judgement/stillness.ts";

const MIB = 1024 * 1024;

function at(atMs: number, availableBytes: number, totalBytes: number): Moment {
  return { atMs, use: { availableBytes, totalBytes } };
}

it("lasts after half a minute in which what there is and is available stayed within noise", () => {
  const stillness = new Stillness();
  expect(stillness.lasts(at(0, 20 * MIB, 160 * MIB))).toBe(false);
  expect(stillness.lasts(at(LASTING_MS - 1, 23 * MIB, 160 * MIB))).toBe(false);
  expect(stillness.lasts(at(LASTING_MS, 18 * MIB, 160 * MIB))).toBe(true);
});

it("begins anew with every change, however slow it comes", () => {
  const stillness = new Stillness();
  for (let atMs = 0; atMs < 120_000; atMs += 100)
    expect(stillness.lasts(at(atMs, 800 * MIB - (atMs / 1000) * MIB, 1600 * MIB))).toBe(false);
  const squeezed = new Stillness();
  squeezed.lasts(at(0, 20 * MIB, 160 * MIB));
  expect(squeezed.lasts(at(LASTING_MS, 20 * MIB, 140 * MIB))).toBe(false);
});
