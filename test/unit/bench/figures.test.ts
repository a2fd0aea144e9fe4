import { describe, expect, it } from "vitest";
import { figure, markdownTable, median, quantile } from "../../bench/figures.ts";

describe("figures", () => {
  it("finds median and quantiles, whatever the order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5);
    expect(median([])).toBeUndefined();
  });

  it("pads a table so that its columns line up", () => {
    expect(markdownTable(["a", "long"], [["xyz", "1"]])).toBe(
      "| a   | long |\n|-----|------|\n| xyz | 1    |",
    );
  });

  it("writes a dash for what was not measured", () => {
    expect(figure(undefined)).toBe("-");
    expect(figure(1.26, 1, " ms")).toBe("1.3 ms");
  });
});
