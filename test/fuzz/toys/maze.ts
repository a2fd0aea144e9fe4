/** A reader for the fuzzer's own tests: only inputs that go from letter to letter reach its fault, which chance alone never would. */
import type { FuzzTarget } from "../target.ts";

const WAY = "balla";

export const target: FuzzTarget = {
  seeds: [new Uint8Array(12)],
  words: [],
  run: (untrustedBytes) => {
    if (untrustedBytes[0] !== WAY.charCodeAt(0)) return;
    if (untrustedBytes[1] !== WAY.charCodeAt(1)) return;
    if (untrustedBytes[2] !== WAY.charCodeAt(2)) return;
    if (untrustedBytes[3] !== WAY.charCodeAt(3)) return;
    if (untrustedBytes[4] !== WAY.charCodeAt(4)) return;
    throw new RangeError("the end of the way");
  },
};
