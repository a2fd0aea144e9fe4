import { describe, expect, it } from "vitest";
import { histogramIn, quantileIn, since } from "../../bench/histogram.ts";

const TEXT = [
  "# TYPE a_seconds histogram",
  'a_seconds_bucket{le="0.1",step="whole"} 10',
  'a_seconds_bucket{le="0.2",step="whole"} 30',
  'a_seconds_bucket{le="+Inf",step="whole"} 40',
  'a_seconds_bucket{le="0.1",step="decide"} 7',
  'a_seconds_sum{step="whole"} 9',
  "",
].join("\n");

describe("a histogram of Prometheus", () => {
  it("is read by name and labels", () => {
    expect([...histogramIn(TEXT, "a_seconds", 'step="whole"')]).toEqual([
      [0.1, 10],
      [0.2, 30],
      [Number.POSITIVE_INFINITY, 40],
    ]);
  });

  it("tells what was added", () => {
    const after = new Map([
      [0.1, 12],
      [0.2, 40],
    ]);
    expect([...since(histogramIn(TEXT, "a_seconds", 'step="decide"'), after)]).toEqual([
      [0.1, 5],
      [0.2, 40],
    ]);
  });

  it("has quantiles within its buckets, and nothing beyond the last bound", () => {
    const histogram = histogramIn(TEXT, "a_seconds", 'step="whole"');
    expect(quantileIn(histogram, 0.5)).toBeCloseTo(0.15);
    expect(quantileIn(histogram, 0.99)).toBe(0.2);
    expect(quantileIn(new Map(), 0.5)).toBeUndefined();
  });
});
