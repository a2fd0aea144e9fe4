import { describe, expect, it } from "vitest";
import {
  type DriverEvidence,
  driverState,
  noteChange,
  noteEvidence,
  watchFoundGuest,
  watchReset,
} from "../../../../host/src/balloon/driver-detector.ts";

const found = watchFoundGuest(1_000, 512);
const reset = noteEvidence(watchReset(1_000, 100_900), { actualBytes: 200 });

describe("the driver in a guest found running", () => {
  it.each<[string, DriverEvidence]>([
    ["answered once", { actualBytes: 512, lastUpdateSeconds: 5 }],
    ["left the balloon below the full size", { actualBytes: 500 }],
    ["set DRIVER_OK", { actualBytes: 512, driverOk: true }],
  ])("is present when it %s", (_, evidence) => {
    expect(driverState(noteEvidence(found, evidence), 1_000)).toBe("present");
  });

  it("is booting without a sign, and absent after the boot window", () => {
    const watch = noteEvidence(found, { actualBytes: 512, driverOk: false });
    expect(driverState(watch, 120_999)).toBe("booting");
    expect(driverState(watch, 121_000)).toBe("absent");
  });

  it("stays present once it was seen", () => {
    const watch = noteEvidence(noteEvidence(found, { driverOk: true }), {
      actualBytes: 512,
      driverOk: false,
    });
    expect(driverState(watch, 999_000)).toBe("present");
  });

  it("is not told by a first size when the full one is unknown", () => {
    const watch = noteEvidence(watchFoundGuest(0, undefined), { actualBytes: 300 });
    expect(watch.seen).toBe(false);
    expect(noteEvidence(watch, { actualBytes: 299 }).seen).toBe(true);
  });
});

describe("the driver after a reset", () => {
  it("is not told by an answer or a size from before it", () => {
    expect(noteEvidence(reset, { actualBytes: 200, lastUpdateSeconds: 100 }).seen).toBe(false);
  });

  it("is told by an answer of a later second, or a move", () => {
    expect(noteEvidence(reset, { actualBytes: 200, lastUpdateSeconds: 101 }).seen).toBe(true);
    expect(noteEvidence(reset, { actualBytes: 512 }).seen).toBe(true);
  });

  it("has emptied the balloon, whatever size QEMU tells, until it moves", () => {
    expect(found.emptySinceReset).toBe(false);
    expect(noteEvidence(reset, { actualBytes: 200, driverOk: true }).emptySinceReset).toBe(true);
    expect(noteEvidence(reset, { actualBytes: 500 }).emptySinceReset).toBe(false);
    const up = noteEvidence(reset, { driverOk: true });
    expect(noteEvidence(up, { actualBytes: 500 }).emptySinceReset).toBe(false);
  });

  it("has moved the balloon when QEMU says so, unless it may have held the event back over the reset", () => {
    expect(noteChange(reset, 2_000).emptySinceReset).toBe(true);
    expect(noteChange(reset, 2_200)).toMatchObject({ seen: true, emptySinceReset: false });
  });
});
