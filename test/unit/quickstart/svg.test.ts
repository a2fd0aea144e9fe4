import { describe, expect, it } from "vitest";
import { MIB } from "../../../host/src/model/bytes.ts";
import type { Observation } from "../../quickstart/observation.ts";
import { picture } from "../../quickstart/svg.ts";

function look(atMs: number, actualMib: number): Observation {
  const guest = { name: "g1", maxBytes: 512 * MIB, actualBytes: actualMib * MIB, usedBytes: 100 * MIB };
  const status = { host: { budgetBytes: 1024 * MIB }, guests: [guest] };
  return { atMs, chapter: "taking", status, heldBytes: { g1: 300 * MIB } } as unknown as Observation;
}

describe("the picture", () => {
  it("has a panel for each guest and one for the host, from the first look to the last", () => {
    const svg = picture([look(0, 512), look(10_000, 256)], ["g1"]);
    expect(svg.match(/<polyline/g)?.length).toBe(2);
    expect(svg).toContain(">10 s<");
    // Half of the maximum is half of the panel's height, at the right edge.
    expect(svg).toContain("844.0,101.0");
  });

  it("does without looks", () => {
    expect(picture([], ["g1"])).toContain("</svg>");
  });
});
