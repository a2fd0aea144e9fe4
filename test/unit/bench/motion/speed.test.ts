import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { secondsPerGib, takingSpeed, touchedMs, worstSecond } from "../../../bench/motion/speed.ts";
import type { Look } from "../../../bench/real/track.ts";

describe("the speed of taking", () => {
  it("is measured in the middle of the way, without the wait before it and what trickles after it", () => {
    const looks = Array.from({ length: 300 }, (_, i) => {
      const movedMib = Math.min(1000, Math.max(0, (i - 50) * 10));
      return { atMs: i * 20, bytes: 1536 * MIB - movedMib * MIB };
    });
    expect(takingSpeed(looks)).toBeCloseTo(500 * MIB);
  });

  it("is unknown where nothing was taken", () => {
    expect(takingSpeed([])).toBeUndefined();
    expect(
      takingSpeed([
        { atMs: 0, bytes: GIB },
        { atMs: 9, bytes: GIB },
      ]),
    ).toBeUndefined();
  });
});

describe("a donor's worst second", () => {
  const looks = (readsIn: (quarter: number) => number) => {
    let reads = 0;
    return Array.from({ length: 41 }, (_, i): Look => {
      reads += i === 0 ? 0 : readsIn(i);
      return {
        ...{ atMs: i * 250, running: true, kills: 0, anonBytes: 0, reads, droppedReads: 0 },
        ...{ totalBytes: 0, availableBytes: 0, refaultPages: 0 },
      };
    });
  };

  it("is the largest share of its reads that it did not do in one", () => {
    expect(
      worstSecond(
        looks(() => 500),
        2_000,
      ),
    ).toBe(0);
    expect(
      worstSecond(
        looks((i) => (i > 16 && i <= 20 ? 100 : 500)),
        2_000,
      ),
    ).toBeCloseTo(0.8);
  });

  it("is none where more was done, catching up", () => {
    expect(
      worstSecond(
        looks(() => 600),
        2_000,
      ),
    ).toBe(0);
    expect(worstSecond([], 2_000)).toBe(0);
  });
});

describe("processor time and touching", () => {
  it("are counted for each GiB, and to the step in which so much was touched", () => {
    expect(secondsPerGib(0.5, 2 * GIB)).toBe(0.25);
    expect(secondsPerGib(1, 0)).toBeUndefined();
    const output = "touched mb=20 ms=90\ntouched mb=80 ms=400\ndone mb=1024 ms=9000\n";
    expect(touchedMs(output, 64)).toBe(400);
    expect(touchedMs(output, 1024)).toBe(9000);
    expect(touchedMs(output, 2048)).toBeUndefined();
  });
});
