import { expect, test } from "vitest";
import { negotiate } from "../../../proto/src/index.ts";

test.each([
  [1, 1, { ok: true, version: 1 }],
  [1, 9, { ok: true, version: 1 }],
  [2, 9, { ok: false }],
  [0, 0, { ok: false }],
  [3, 1, { ok: false }],
])("a peer that speaks %i to %i", (min, max, outcome) => {
  expect(negotiate(min, max)).toEqual(outcome);
});
