/** Sizes are plain integers of bytes; names end in `…Bytes`. */
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Limits `value` to `low…high`; `high` wins when the two contradict each other. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Sum over `items` of what `of` gives for each. By index: an iterator would make an object for each item. */
export function sum<T>(items: ArrayLike<T>, of: (item: T) => number): number {
  let total = 0;
  for (let i = 0; i < items.length; i++) total += of(items[i] as T);
  return total;
}

/** A size for people, in whole mebibytes. */
export function formatMib(bytes: number | undefined): string {
  return bytes === undefined ? "an unknown size" : `${Math.round(bytes / MIB)} MiB`;
}
