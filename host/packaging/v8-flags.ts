/** How V8 keeps the broker's memory (`npm run bench:broker`, `npm run bench:scale`). */

/**
 * V8's flags inside the executable. Left alone, V8 lets its space for young objects grow to a hundred MiB, collects nothing else before there are some hundred,
 * and lets garbage grow to three times what is alive: on a host with memory to spare, memory costs it nothing.
 */
export const BROKER_V8_FLAGS: readonly string[] = [
  // A broker of 200 guests fills it each two to three seconds, one of a thousand about once a tick. What a tick makes lives until the next one: collected more
  // often, most of it would be copied twice and then kept until all memory is collected, which takes many times as long.
  "--max-semi-space-size=16",
  // What one broker of few guests needs: the first collection of what is old comes then.
  "--initial-old-space-size=32",
  // Far above what thousands of guests need. How far garbage grows follows from it: to one and a half times what is alive.
  "--max-old-space-size=1024",
];
