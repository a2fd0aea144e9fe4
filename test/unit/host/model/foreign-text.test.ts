import { describe, expect, it } from "vitest";
import {
  foreignText,
  harmlessJson,
  harmlessText,
  isHarmless,
} from "../../../../host/src/model/foreign-text.ts";

describe("a text from outside", () => {
  it.each([
    ["control characters and colour codes", "a\u0000\u001b[2J\u009b\n\rb", "a??[2J???b"],
    ["characters that turn the direction of writing", "a\u202eb\u2066\u200f", "a?b??"],
    ["line and paragraph ends", "a\u2028\u2029\u0085b", "a???b"],
    ["blanks other than a space", "a \u00a0\u2003\u3000\u2800\u3164\u115fb", "a ??????b"],
    ["what is not seen", "a\u200b\ufeff\u{e0041}\ufe0f\u00adb", "a?????b"],
    ["marks drawn over their neighbours", "q\u0336\u0489\u20ddb", "q???b"],
    ["private, unassigned and half characters", "a\ue000\u0378\ud800b", "a???b"],
  ])("loses %s", (_, text, clean) => {
    expect(harmlessText(text)).toBe(clean);
  });

  it("keeps what people write, with accents written in either way", () => {
    expect(harmlessText("/srv/bücher/cafe\u0301/漢字.sock: 5 µs, “gone”")).toBe(
      "/srv/bücher/café/漢字.sock: 5 µs, “gone”",
    );
  });

  it("is cut to 200 characters, or to as many as are wanted", () => {
    expect(foreignText("x".repeat(5_000_000))).toBe(`${"x".repeat(200)}…`);
    expect(foreignText("abc\u001bdef", 4)).toBe("abc?…");
    expect(foreignText("abc", 3)).toBe("abc");
  });

  it("is harmless when there is nothing to replace, in whichever way its accents are written", () => {
    expect(["/a b/é", "/a b/e\u0301"].map(isHarmless)).toEqual([true, true]);
    expect(["/a\u202e", "/a\u00a0b", "/a\n"].map(isHarmless)).toEqual([false, false, false]);
  });

  it("is the same to programs as JSON, and has nothing harmful in it", () => {
    const value = { text: "a\u009b\u202e\u2028 \u{e0041}é漢", more: ["\u001b"] };
    for (const indent of [0, 2]) {
      const json = harmlessJson(JSON.stringify(value, undefined, indent));
      expect(JSON.parse(json)).toEqual(value);
      expect(json.split("\n").every((line) => harmlessText(line) === line)).toBe(true);
    }
  });
});
