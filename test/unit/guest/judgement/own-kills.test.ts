/** Which OOM kills are the guest's own. */
import { expect, it } from "vitest";
import { OwnKills } from "../../../../guest/src/judgement/own-kills.ts";

it("counts kills while the guest reclaims, and from before its start, but not a container's", () => {
  const kills = new OwnKills();
  expect(kills.count(3, false)).toBe(3);
  expect(kills.count(4, true)).toBe(4);
  expect(kills.count(9, false)).toBe(4);
  expect(kills.count(9, true)).toBe(4);
  expect(kills.count(10, true)).toBe(5);
});

it("stays unknown where the kernel does not count", () => {
  expect(new OwnKills().count(undefined, true)).toBeUndefined();
});
