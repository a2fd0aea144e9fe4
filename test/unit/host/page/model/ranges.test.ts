import { describe, expect, it } from "vitest";
import { tickText } from "../../../../../host/page/model/ranges.ts";

const HOUR_MS = 3_600_000;

describe("a time at the foot of a plot", () => {
  it("is the finer the less the plot shows", () => {
    const text = (hours: number) => tickText("2025-01-02 03:04:05", hours * HOUR_MS);
    expect([text(0.5), text(24), text(72)]).toEqual(["03:04:05", "03:04", "01-02"]);
  });
});
