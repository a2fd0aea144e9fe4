/** CLOCK_MONOTONIC of the guest; performance.now() counts on it without making garbage. */
const monotonicAtStartMs = monotonicOriginMs();

/** Whole milliseconds since the guest's boot. */
export function monotonicMs(): number {
  return Math.round(monotonicAtStartMs + performance.now());
}

function monotonicOriginMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000 - performance.now();
}
