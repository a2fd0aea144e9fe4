import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ConfigEditError,
  overrideLines,
  sharesIn,
  withoutShares,
  withShares,
} from "../../../../host/src/config/override-edit.ts";

const PACKAGED = readFileSync(new URL("../../../../host/packaging/ballastd.yaml", import.meta.url), "utf8");
const add = (text: string) => withShares(text, "qemu/103", 3000, "x.yaml");
const remove = (text: string, shares = 3000) => withoutShares(text, "qemu/103", shares, "x.yaml");

describe("a guest's weight in the config", () => {
  it("is added to the packaged file in one line, and all else of it stays", () => {
    const added = add(PACKAGED);
    expect(added).toBe(
      PACKAGED.replace("\n  overrides: {}\n", "\n  overrides: { qemu/103: { shares: 3000 } }\n"),
    );
    expect(sharesIn(added, "qemu/103")).toBe(3000);
    expect(remove(added)).toBe(PACKAGED);
  });

  it.each([
    "mode: act\n",
    "guests:\n  static: []\n  overrides: {}\n",
    "guests:\n  overrides:\n    qemu/100: { min: 1GiB } # mine\n",
    "guests:\n  overrides:\n    qemu/103:\n      min: 1GiB # mine\n",
    "# first\n\nguests:\n  defaults: { min: 1GiB }\n\n# then\nmode: act\n",
  ])("is taken out again exactly: %j", (text) => {
    expect(sharesIn(add(text), "qemu/103")).toBe(3000);
    expect(remove(add(text))).toBe(text);
  });

  it("takes the place of a key without value, and fills an empty file", () => {
    const want = "guests:\n  overrides:\n    qemu/103: { shares: 3000 }\n";
    for (const text of ["", "guests:\n", "guests:\n  overrides:\n", "guests:\n  overrides:\n    qemu/103:\n"])
      expect(add(text)).toBe(want);
  });

  it("stays where it is another by now", () => {
    const text = add("mode: act\n");
    expect(remove(text, 5)).toBe(text);
    expect(remove("mode: act\n")).toBe("mode: act\n");
  });

  it("is not written into a file that is no valid config", () => {
    expect(() => add("guests: [\n")).toThrow(ConfigEditError);
    expect(() => add("mode: fly\n")).toThrow(/x.yaml is not changed: .*mode/);
    expect(() => add("guests:\n  static: &a []\n")).not.toThrow();
  });

  it("is shown as the lines that say it", () => {
    expect(sharesIn(overrideLines("qemu/103", 7).join("\n"), "qemu/103")).toBe(7);
  });
});
