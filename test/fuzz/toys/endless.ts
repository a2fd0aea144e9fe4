/** A reader for the fuzzer's own tests: it never ends once an input begins with a zero. */
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  seeds: [Buffer.of(1), Buffer.of(0, 7)],
  words: [],
  run: (untrustedBytes) => {
    for (let spun = 0; untrustedBytes[0] === 0; spun++) if (spun < 0) return;
  },
};
