import { describe, expect, it } from "vitest";
import { type ResetSigns, type ResetWatch, watchForReset } from "../../../../host/src/qemu/unseen-reset.ts";

const LIVE: ResetSigns = {
  isRunning: true,
  driverOk: true,
  lastUpdateSeconds: 100,
  majorFaultsTotal: 500,
  pollingSeconds: 2,
};

/** Looks one after the other, each so many seconds after the first; which of them show a reset. */
function resetsIn(looks: readonly (readonly [atSeconds: number, signs: Partial<ResetSigns>])[]): boolean[] {
  let watch: ResetWatch | undefined;
  return looks.map(([atSeconds, signs]) => {
    const next = watchForReset(watch, { ...LIVE, ...signs }, atSeconds * 1000);
    watch = next.watch;
    return next.isReset;
  });
}

describe("a reset that no event told of", () => {
  it("shows by a driver that was there and is gone, once", () => {
    const gone = { driverOk: false };
    expect(
      resetsIn([
        [0, {}],
        [3, gone],
        [6, gone],
        [9, {}],
        [12, gone],
      ]),
    ).toEqual([false, true, false, false, true]);
  });

  it("is not seen in a guest whose driver has never been there", () => {
    expect(
      resetsIn([
        [0, { driverOk: false }],
        [3, { driverOk: false }],
      ]),
    ).toEqual([false, false]);
  });

  it("shows by a counter that begins anew", () => {
    expect(
      resetsIn([
        [0, {}],
        [3, { majorFaultsTotal: 12 }],
        [6, { majorFaultsTotal: 15 }],
      ]),
    ).toEqual([false, true, false]);
  });

  it("shows by statistics that stop where QEMU does not tell of the driver, once", () => {
    const untold = { driverOk: undefined };
    expect(
      resetsIn([
        [0, untold],
        [7, untold],
        [8, untold],
        [20, untold],
      ]),
    ).toEqual([false, false, true, false]);
  });

  it("is not taken from silence alone where QEMU says that the driver is there", () => {
    expect(
      resetsIn([
        [0, {}],
        [60, {}],
      ]),
    ).toEqual([false, false]);
  });

  it("is not taken from the silence of a guest that stands still, or that is not asked", () => {
    const paused = { driverOk: undefined, isRunning: false };
    expect(
      resetsIn([
        [0, paused],
        [60, paused],
        [66, { driverOk: undefined }],
      ]),
    ).toEqual([false, false, false]);
    const unasked = { driverOk: undefined, pollingSeconds: 0 };
    expect(
      resetsIn([
        [0, unasked],
        [60, unasked],
      ]),
    ).toEqual([false, false]);
  });
});
