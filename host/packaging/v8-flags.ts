/** How V8 keeps the broker's memory (`npm run bench:broker`, `npm run bench:scale`). */

/**
 * V8's flags inside the executable. Left alone, V8 lets its space for young objects grow to a hundred MiB, collects nothing else before there are some hundred,
 * and lets garbage grow to three times what is alive: on a host with memory to spare, memory costs it nothing.
 */
export const BROKER_V8_FLAGS: readonly string[] = [
  // A broker of 200 guests fills it each two seconds, one of a thousand two to three times a second. Twice as much is collected half as often, and a collection takes
  // twice as long (6 ms instead of 4 with a thousand guests): demands wait for it.
  "--max-semi-space-size=8",
  // What one broker of few guests needs: the first collection of what is old comes then.
  "--initial-old-space-size=32",
  // Far above what thousands of guests need. How far garbage grows follows from it: to one and a half times what is alive.
  "--max-old-space-size=1024",
];
