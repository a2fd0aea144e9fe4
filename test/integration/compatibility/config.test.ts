/** Configs of every release, with all options that it documents, mean what they meant. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../host/src/config/parse.ts";
import { pathOf, releasesWith } from "../../fakes/kept-releases.ts";

describe.each(releasesWith("config"))("a config of release %s", (release) => {
  const folder = pathOf(release, "config");
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

  it.each(files)("(%s) loads, with the same meaning", (file) => {
    const parsed = parseConfig(readFileSync(join(folder, file), "utf8"), file);
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    const meaning = JSON.parse(readFileSync(join(folder, file.replace(/yaml$/, "json")), "utf8"));
    expect(parsed.ok && parsed.config).toMatchObject(meaning);
  });

  it("is kept as the package brought it, too", () => {
    expect(files).toContain("packaged.yaml");
  });
});
