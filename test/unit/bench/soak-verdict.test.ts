import { describe, expect, it } from "vitest";
import { MIB } from "../../../host/src/model/bytes.ts";
import { growthOf, type SoakSample } from "../../bench/soak-verdict.ts";

const SAMPLE: SoakSample = {
  residentBytes: 150 * MIB,
  handles: 420,
  historyBytes: MIB,
  logBytes: MIB,
  agents: 200,
};

/** Ten minutes of a broker; `at` changes what a minute has. */
function soaked(at: (minute: number) => Partial<SoakSample>): string[] {
  return growthOf(Array.from({ length: 11 }, (_, minute) => ({ ...SAMPLE, ...at(minute) })));
}

describe("a soak", () => {
  it("finds nothing in a broker whose figures come and go", () => {
    expect(soaked((minute) => ({ residentBytes: (150 + (minute % 3) * 20) * MIB }))).toEqual([]);
  });

  it.each<[string, (minute: number) => Partial<SoakSample>]>([
    ["resident memory", (minute) => ({ residentBytes: (150 + minute * 4) * MIB })],
    ["handles", (minute) => ({ handles: 420 + minute })],
    ["the history", (minute) => ({ historyBytes: minute * 4 * MIB })],
    ["the log", (minute) => ({ logBytes: minute * MIB })],
    ["guests that are not heard", (minute) => ({ agents: 200 - minute })],
  ])("tells that %s grew", (what, at) => {
    expect(soaked(at)).toEqual([expect.stringContaining(what)]);
  });

  it("judges memory by many minutes only", () => {
    expect(growthOf([SAMPLE, { ...SAMPLE, residentBytes: 2 * SAMPLE.residentBytes }])).toEqual([]);
  });
});
