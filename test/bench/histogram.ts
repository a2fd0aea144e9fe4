/** Histograms as Prometheus exposes them; pure. */

/** Upper bound of a bucket → how many values lie at or below it. */
export type Histogram = ReadonlyMap<number, number>;

/** The buckets of a histogram in an OpenMetrics text; `labels` are those beside `le`, as they stand there. */
export function histogramIn(text: string, name: string, labels: string): Histogram {
  const buckets = new Map<number, number>();
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${name}_bucket{`) || !line.includes(labels)) continue;
    const [, bound = "", count = ""] = /le="([^"]+)".*\} (\d+)/.exec(line) ?? [];
    buckets.set(bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), Number(count));
  }
  return buckets;
}

/** What was added since. */
export function since(before: Histogram, after: Histogram): Histogram {
  return new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** The value below which `share` (0…1) of the values lie, evenly spread within a bucket, as `histogram_quantile` has it; undefined without values. */
export function quantileIn(histogram: Histogram, share: number): number | undefined {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const rank = share * (buckets.at(-1)?.[1] ?? 0);
  if (rank === 0) return undefined;
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank)
      return Number.isFinite(bound) ? low + ((bound - low) * (rank - below)) / (count - below) : low;
    [low, below] = [bound, count];
  }
  return undefined;
}
