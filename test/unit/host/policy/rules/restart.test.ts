import { describe } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type * as hotCaches from "../../../../../host/src/policy/learn/first-hot-cache.ts";
import { NOW, settingsFor } from "../../../../fakes/facts.ts";
import { lived } from "./scene.ts";
import { eachIsNeeded, without } from "./switch.ts";

/** It reads 400 MiB of cache again and again, of which its kernel's active list shows 20 MiB. */
const READING = {
  ...{ usedMib: 100, actualMib: 620, minMib: 128, cacheMib: 450 },
  report: { activeCacheBytes: 20 * MIB },
  facts: { rememberedHotCache: { bytes: 400 * MIB, bootId: "boot", learnedAtMs: NOW - 5_000 } },
};
/** It would have all there is. */
const GREEDY = { usedMib: 900, actualMib: 512 };

describe("a guest whose hot cache was learned before the broker was started anew", () => {
  eachIsNeeded([
    {
      rule: "keeps it, though its kernel does not show it",
      off: without<typeof hotCaches>("learn/first-hot-cache.ts", ({ firstHotCache }) => ({
        firstHotCache: (report, _remembered, nowMs) => firstHotCache(report, undefined, nowMs),
      })),
      breach: (policy) => {
        const sizes = lived(policy, { reading: READING, greedy: GREEDY }, settingsFor(1200), 8);
        return (sizes.at(-1)?.["reading"] ?? 0) < 500 ? "another guest has its cache" : undefined;
      },
      otherwise: "another guest has its cache",
    },
  ]);
});
