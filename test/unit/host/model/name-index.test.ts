import { describe, expect, it } from "vitest";
import { NameIndex } from "../../../../host/src/model/name-index.ts";

describe("an index of names", () => {
  it("finds what a list has, and nothing else", () => {
    const list = [
      { name: "a", size: 1 },
      { name: "b", size: 2 },
    ];
    const index = new NameIndex<{ name: string; size: number }>();
    expect([index.find(list, "b")?.size, index.find(list, "c")]).toEqual([2, undefined]);
  });

  it("follows a list that takes another's place", () => {
    const index = new NameIndex<{ name: string; size: number }>();
    expect(index.find([{ name: "a", size: 1 }], "a")?.size).toBe(1);
    expect(index.find([{ name: "a", size: 3 }], "a")?.size).toBe(3);
    expect(index.find([], "a")).toBeUndefined();
  });
});
