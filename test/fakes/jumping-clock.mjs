/** Preloaded into a broker: at each SIGUSR1 its wall clock jumps, a day ahead first, then two days back, then two ahead, and so on. */
const DAY_MS = 86_400_000;
const realNow = Date.now;
let aheadMs = 0;
process.on("SIGUSR1", () => {
  aheadMs = aheadMs > 0 ? -DAY_MS : DAY_MS;
});
Date.now = () => realNow() + aheadMs;
