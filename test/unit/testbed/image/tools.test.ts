import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyOf, produce, pruneOldest, runTool } from "../../../testbed/image/tools.ts";

describe("build tools", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bp-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("make a product once, however many ask for it at the same time", async () => {
    const target = join(folder, "sub/product");
    let made = 0;
    const make = async (path: string) => {
      made += 1;
      await writeFile(path, "whole");
    };
    await Promise.all([produce(target, make), produce(target, make), produce(target, make)]);
    expect(await produce(target, make)).toBe(target);
    expect(made).toBe(1);
    expect(readFileSync(target, "utf8")).toBe("whole");
  });

  it("leave nothing of a product that failed, and try again when asked again", async () => {
    const target = join(folder, "product");
    const fail = async (path: string) => {
      await writeFile(path, "half");
      throw new Error("no space");
    };
    await expect(produce(target, fail)).rejects.toThrow("no space");
    expect(readdirSync(folder)).toEqual([]);
    await produce(target, (path) => writeFile(path, "whole"));
    expect(existsSync(target)).toBe(true);
  });

  it("name a product after the contents and words that it depends on", () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    writeFileSync(a, "same");
    writeFileSync(b, "same");
    expect(keyOf([a], ["x"])).toBe(keyOf([b], ["x"]));
    expect(keyOf([a], ["x"])).not.toBe(keyOf([a], ["y"]));
    expect(keyOf([a], ["x", "y"])).not.toBe(keyOf([a], ["xy"]));
  });

  it("keep the newest products and what is still being made", async () => {
    for (const [at, name] of ["old", "newer", "newest", "old.1.tmp"].entries()) {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), at, at);
    }
    await pruneOldest(folder, 2);
    expect(readdirSync(folder).sort()).toEqual(["newer", "newest", "old.1.tmp"]);
  });

  it("say what a failing tool said", async () => {
    await expect(runTool("sh", ["-c", "echo broken >&2; exit 3"])).rejects.toMatchObject({
      code: "TESTBED_BUILD",
      message: expect.stringContaining("broken"),
    });
  });
});
