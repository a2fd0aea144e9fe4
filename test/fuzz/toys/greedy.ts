/** A reader for the fuzzer's own tests: it keeps all that it is given, many times over. */
import type { FuzzTarget } from "../target.ts";

const COPIES = 4000;
const kept: unknown[] = [];

export const target: FuzzTarget = {
  seeds: [new Uint8Array(4000)],
  words: [],
  run: (untrustedBytes) => {
    for (let i = 0; i < COPIES; i++) kept.push([...untrustedBytes]);
  },
};
