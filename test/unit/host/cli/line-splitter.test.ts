import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../../host/src/cli/client/line-splitter.ts";

describe("LineSplitter", () => {
  it("gives whole lines however the text is cut", () => {
    const splitter = new LineSplitter();
    const lines = [..."one\ntwo\n\nthree"].flatMap((character) => splitter.push(character));
    expect([...lines, ...splitter.push("!\n")]).toEqual(["one", "two", "three!"]);
  });

  it("refuses a line without end", () => {
    const splitter = new LineSplitter();
    const flood = () => {
      for (let i = 0; i < 20; i++) splitter.push("x".repeat(100_000));
    };
    expect(flood).toThrow(RangeError);
  });
});
